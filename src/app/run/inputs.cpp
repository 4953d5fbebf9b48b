#include "app/run/inputs.h"

#include "app/run/share.h"
#include "verdict/core/json.h"

namespace verdict {

Inputs share_inputs(const EvaluateOptions& options, const MpiComm& world) {
  const std::string texts = from_rank_zero(world, [&] {
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
