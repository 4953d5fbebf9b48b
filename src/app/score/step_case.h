// A step of a competition, or a sequence of them, as a JSON file: the formats of the published test
// cases.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "verdict/competition/rules.h"
#include "verdict/core/json.h"

namespace verdict {

// kind "single_step": {uids, scores, blocks, eps, current_block, temperature?}.
struct SingleStep {
  StepInput input{};
};

// kind "legacy_step": {uids, losses, blocks, n_batches?, epsilon?, temperature?}.
struct LegacyStep {
  BatchStep input{};
};

// kind "sequence": {n, alpha?, temperature?, sample_min?, competitions [{id, reward, eps}],
// steps [{competition, block, uids, scores, blocks}]}.
struct SequenceStep {
  int64_t competition = 0;
  StepInput input{};
};
struct SequenceCompetition {
  int64_t id = 0;
  double reward = 0.0;
  Epsilon epsilon{};
};
struct StepSequence {
  size_t uids = 0;
  double alpha = 0.5;
  size_t sample_min = 5;
  std::vector<SequenceCompetition> competitions{};
  std::vector<SequenceStep> steps{};
};

using StepCase = std::variant<SingleStep, LegacyStep, StepSequence>;

// `kind` may be absent: `losses` make a legacy step, `steps` a sequence. A uid without score or
// block is a missing model: both are then infinite. Keys that no kind has are named in `unknown`
// and ignored. Throws FormatError naming the key, what was expected and what was found.
[[nodiscard]] StepCase parse_step_case(const Json& json, std::vector<std::string>& unknown);

// The fields of the case's `expected_*`, or {"error": "StepAborted"}. A legacy step goes by the
// per-batch rules whatever `rules` says. Throws SystemError(usage) for a step or sequence by
// per-batch rules, which need losses per batch.
[[nodiscard]] Json play(const StepCase& step_case, Rules rules);

}  // namespace verdict
