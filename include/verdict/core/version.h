// What this build is. Written by cmake/WriteVersion.cmake.
#pragma once

#include <string>

namespace verdict {

struct BuildInfo {
  std::string version{};
  std::string git_commit{};
  bool git_dirty = false;
  std::string build_type{};
  std::string compiler{};
  std::string cuda{};  // "CUDA 13.0, NCCL 2.28.9", or "none".
};

[[nodiscard]] BuildInfo build_info();

}  // namespace verdict
