// The command line of `verdict publish`.
#pragma once

#include <filesystem>
#include <string>

namespace CLI {
class App;
}

namespace verdict {

struct PublishOptions {
  std::filesystem::path run{};           // A finished run folder.
  std::filesystem::path chain{};         // CHAIN.json; empty: rules that need it stay unchecked.
  std::string conversion = "max-scale";  // Or process-weights; see publication.h.
  int exclude_quantile = 0;              // 65535ths, of process-weights.
  bool dry_run = false;
  bool json = false;
};

void add_publish(CLI::App& app, PublishOptions& options);

}  // namespace verdict
