#include "app/run/inputs.h"

#include "verdict/core/error.h"
#include "verdict/core/file.h"

namespace verdict {

namespace {

// A name that is not there is a wrong line, not a fault of the disk.
void require_file(const std::string& option, const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error)) return;
  throw SystemError(ExitCode::usage, option + ": " + path.string() + ": " +
                                         (error ? error.message() : "is not a file"));
}

}  // namespace

StateFile read_state_before(const EvaluateOptions& options, int64_t block) {
  if (options.state.empty()) return {.state = {}, .text = state_text({})};
  const std::filesystem::path first = options.out / "state.before.json";
  const bool rerun = !options.out.empty() && file_exists(first);
  StateFile before = read_state(rerun ? first : options.state);
  if (before.state.block && *before.state.block >= block) {
    throw SystemError(ExitCode::usage, options.state.string() + " is of block " +
                                           std::to_string(*before.state.block) + " already, and " +
                                           options.candidates.string() + " is of no later one");
  }
  return before;
}

Inputs read_inputs(const EvaluateOptions& options) {
  require_file("--competitions", options.competitions);
  require_file("--candidates", options.candidates);
  Inputs inputs{.rules = rules_of_name(options.rules),
                .allow_missing_tasks = options.allow_missing_tasks};
  inputs.competitions =
      read_competitions(options.competitions, read_candidates_block(options.candidates));
  inputs.competitions.path = options.competitions;
  inputs.candidates = read_candidates(options.candidates, inputs.competitions);
  inputs.before = read_state_before(options, inputs.candidates.block).state;
  return inputs;
}

size_t competition_of(const Inputs& inputs, const Candidate& candidate) {
  const auto& all = inputs.competitions.competitions;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].id == candidate.competition) return i;
  }
  throw SystemError("candidate " + std::to_string(candidate.uid) + " has no competition");
}

}  // namespace verdict
