// `verdict compare A.h5 B.h5`.
#pragma once

#include <filesystem>

namespace CLI {
class App;
}

namespace verdict {

struct CompareOptions {
  std::filesystem::path first{};  // A results.h5 or a run folder.
  std::filesystem::path second{};
  bool allow_different_numerics = false;
  bool json = false;
};

void add_compare(CLI::App& app, CompareOptions& options);

}  // namespace verdict
