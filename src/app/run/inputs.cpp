#include "app/run/inputs.h"

#include "app/run/share.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/json.h"

namespace verdict {

namespace {

// A name that is not there is a wrong line, not a fault of the disk.
void require_file(const std::string& option, const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error)) return;
  throw SystemError(ExitCode::usage, option + ": " + path.string() + ": " +
                                         (error ? error.message() : "is not a file"));
}

// A rerun starts from the state that its first start found.
std::string state_before(const EvaluateOptions& options) {
  if (options.state.empty()) return state_text({});
  const std::filesystem::path first = options.out / "state.before.json";
  return read_state(file_exists(first) ? first : options.state).text;
}

}  // namespace

Inputs share_inputs(const EvaluateOptions& options, const MpiComm& world) {
  const std::string texts = from_rank_zero(world, [&] {
    require_file("--competitions", options.competitions);
    require_file("--candidates", options.candidates);
    const int64_t block = read_candidates_block(options.candidates);
    const CompetitionFile competitions = read_competitions(options.competitions, block);
    const CandidatesFile candidates = read_candidates(options.candidates, competitions);
    return Json({{"block", block},
                 {"competitions", competitions.text},
                 {"candidates", candidates.text},
                 {"state", state_before(options)}})
        .dump();
  });
  const Json shared = parse_json(texts);
  Inputs inputs;
  inputs.competitions =
      parse_competitions(shared["competitions"].get<std::string>(), options.competitions.string(),
                         shared["block"].get<int64_t>());
  inputs.competitions.path = options.competitions;
  inputs.candidates = parse_candidates(shared["candidates"].get<std::string>(), options.candidates,
                                       inputs.competitions);
  inputs.before = parse_state(shared["state"].get<std::string>());
  inputs.rules = rules_of_name(options.rules);
  inputs.allow_missing_tasks = options.allow_missing_tasks;
  return inputs;
}

}  // namespace verdict
