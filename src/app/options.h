// What the user typed, as values. The only place that knows the command line is options.cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/compare/compare_options.h"
#include "app/consensus/consensus_options.h"
#include "app/doctor/doctor_options.h"
#include "app/merge/merge_options.h"
#include "app/plan/plan_options.h"
#include "app/publish/publish_options.h"
#include "app/report/report_options.h"
#include "app/run/evaluate_options.h"
#include "app/score/score_options.h"
#include "app/verify/verify_options.h"

namespace verdict {

struct CheckOptions {
  std::vector<std::filesystem::path> folders{};
  std::filesystem::path competitions{};
  std::string competition{};  // Name or id.
  std::optional<int64_t> block{};
  std::filesystem::path model_root{};
  bool json = false;
};

struct InspectOptions {
  std::filesystem::path run{};   // A run folder, or a results.h5.
  bool follow = false;           // Until the run in that folder ends.
  double patience_seconds = 60;  // For a run that has not begun.
  bool json = false;
};

struct SynthesisOptions {
  std::filesystem::path like{};
  std::filesystem::path out{};
  uint64_t seed = 0;
  std::string dtype = "bfloat16";
  uint64_t max_shard_bytes = uint64_t{5'000'000'000};
};

struct BenchOptions {
  std::filesystem::path model{};
  std::string python{};  // With transformers; empty: no comparison.
  int64_t length = 512;
  int rounds = 5;
  int threads = 1;
  std::filesystem::path calibration{};  // Written; empty: none.
  std::string device = "auto";
  bool share_gpu = false;
  std::string dtype = "auto";
};

struct NothingMore {
  int exit_code = 0;  // --help, --version, or a wrong use that was explained.
};

using Command =
    std::variant<NothingMore, EvaluateOptions, CheckOptions, InspectOptions, SynthesisOptions,
                 BenchOptions, ScoreOptions, ConsensusOptions, MergeOptions, PlanOptions,
                 PublishOptions, CompareOptions, VerifyOptions, ReportOptions, DoctorOptions>;

// Prints help, version and errors of use itself.
[[nodiscard]] Command parse_command_line(int argc, char** argv);

}  // namespace verdict
