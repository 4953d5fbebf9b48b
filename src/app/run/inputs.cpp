#include "app/run/inputs.h"

#include "app/run/share.h"
#include "verdict/core/error.h"
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
                 {"candidates", candidates.text}})
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
  return inputs;
}

}  // namespace verdict
