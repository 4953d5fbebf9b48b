// `verdict score` as the user typed it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace verdict {

// Absent: as the file says.
struct ScoreOptions {
  std::filesystem::path file{};  // A step (JSON), a results.h5 or a run folder.
  std::optional<std::string> rules{};
  std::optional<int64_t> block{};
  std::optional<double> epsilon{};        // Fixed.
  std::optional<double> epsilon_start{};  // Linear, as are the next two.
  std::optional<double> epsilon_end{};
  std::optional<int64_t> epsilon_blocks{};
  std::optional<int64_t> rows{};      // Per task; of a run only, as are the next two.
  std::optional<std::string> seed{};  // Shuffles the drawn rows first.
  bool allow_missing_tasks = false;
  bool json = false;
};

void add_score(CLI::App& app, ScoreOptions& options);

}  // namespace verdict
