// `verdict merge RUN… --out RUN`.
#pragma once

#include <filesystem>
#include <vector>

namespace CLI {
class App;
}

namespace verdict {

struct MergeOptions {
  std::vector<std::filesystem::path> runs{};
  std::filesystem::path out{};
  std::filesystem::path state{};  // As that of evaluate; empty: none is replaced.
  bool json = false;
};

void add_merge(CLI::App& app, MergeOptions& options);

}  // namespace verdict
