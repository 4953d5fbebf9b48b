#include "app/run/share_inputs.h"

#include "app/run/share.h"
#include "verdict/core/json.h"

namespace verdict {

Inputs share_inputs(const EvaluateOptions& options, const MpiComm& world) {
  const std::string texts = from_rank_zero(world, [&] {
    const Inputs read = read_inputs(options);
    return Json({{"block", read.candidates.block},
                 {"competitions", read.competitions.text},
                 {"candidates", read.candidates.text},
                 {"state", state_text(read.before)}})
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
