// `verdict verify FILE…`.
#pragma once

#include <filesystem>
#include <vector>

namespace CLI {
class App;
}

namespace verdict {

struct VerifyOptions {
  std::vector<std::filesystem::path> files{};
  std::filesystem::path competitions{};  // Empty: candidates name whatever they like.
  bool json = false;
};

void add_verify(CLI::App& app, VerifyOptions& options);

}  // namespace verdict
