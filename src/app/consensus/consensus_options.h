// The command line of `verdict consensus`.
#pragma once

#include <filesystem>
#include <vector>

namespace CLI {
class App;
}

namespace verdict {

struct ConsensusOptions {
  std::vector<std::filesystem::path> files{};  // One EPOCH.json, or weights.json of each operator.
  std::filesystem::path stakes{};              // Empty: `files` is one EPOCH.json.
  bool json = false;
};

void add_consensus(CLI::App& app, ConsensusOptions& options);

}  // namespace verdict
