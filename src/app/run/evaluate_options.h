// `verdict evaluate`, and what `verdict plan` has in common with it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace verdict {

struct EvaluateOptions {
  std::filesystem::path competitions{};
  std::filesystem::path candidates{};
  std::filesystem::path out{};
  std::filesystem::path state{};  // Empty: averages start anew.
  std::string device = "auto";
  bool share_gpu = false;  // Several ranks may compute on one GPU: for tests.
  std::string dtype = "auto";
  std::string tp = "auto";
  bool tp_across_nodes = false;
  std::string hash_cache = "auto";  // A folder, auto (in the user's cache folder) or none.
  std::optional<int64_t> rows{};    // Cap per task.
  std::optional<int64_t> micro_batch{};
  std::optional<int> threads{};  // Per rank.
  double model_timeout_seconds = 550;
  double grace_seconds = 60;
  std::string rules = "hardened";
  bool allow_missing_tasks = false;
  std::filesystem::path model_root{};   // Symbolic links of models may point below it.
  bool load_ahead = true;               // Read the next model while one computes.
  double max_read_bytes_per_s = 0;      // Of weights, per rank; 0: no limit.
  std::filesystem::path calibration{};  // Rates to plan with; empty: the usual ones.
  bool json = false;
};

void add_evaluate(CLI::App& app, EvaluateOptions& options);

// The options of both: what is measured, on what kind of machine, with which numerics.
void add_run_options(CLI::App& command, EvaluateOptions& options);

}  // namespace verdict
