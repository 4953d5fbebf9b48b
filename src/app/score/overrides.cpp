#include "app/score/overrides.h"

#include <algorithm>
#include <string>

#include "verdict/core/error.h"

namespace verdict {
namespace {

void require_epsilon(const std::string& option, double value) {
  if (value >= 0.0 && value < 1.0) return;
  throw SystemError(ExitCode::usage,
                    option + " must be at least 0 and less than 1, found " + std::to_string(value));
}

void override_step(StepInput& input, const ScoreOptions& options) {
  input.epsilon = overridden(input.epsilon, options);
  if (options.block) input.current_block = static_cast<double>(*options.block);
}

}  // namespace

Epsilon overridden(const Epsilon& epsilon, const ScoreOptions& options) {
  if (options.epsilon) {
    require_epsilon("--epsilon", *options.epsilon);
    return {.start = *options.epsilon, .end = *options.epsilon};
  }
  if (!options.epsilon_start && !options.epsilon_end && !options.epsilon_blocks) return epsilon;
  Epsilon linear = epsilon;
  if (epsilon.kind == Epsilon::Kind::fixed &&
      !(options.epsilon_start && options.epsilon_end && options.epsilon_blocks)) {
    throw SystemError(ExitCode::usage,
                      "the epsilon of the file is fixed: a linear one needs --epsilon-start, "
                      "--epsilon-end and --epsilon-blocks");
  }
  linear.kind = Epsilon::Kind::linear;
  linear.start = options.epsilon_start.value_or(epsilon.start);
  linear.end = options.epsilon_end.value_or(epsilon.end);
  linear.blocks = options.epsilon_blocks.value_or(epsilon.blocks);
  require_epsilon("--epsilon-start", linear.start);
  require_epsilon("--epsilon-end", linear.end);
  return linear;
}

void override_epsilons(std::vector<Competition>& competitions, const ScoreOptions& options) {
  const auto is_linear = [](const Competition& c) {
    return c.epsilon.kind == Epsilon::Kind::linear;
  };
  const bool all = options.epsilon || !std::ranges::any_of(competitions, is_linear) ||
                   (options.epsilon_start && options.epsilon_end && options.epsilon_blocks);
  for (Competition& c : competitions) {
    if (all || is_linear(c)) c.epsilon = overridden(c.epsilon, options);
  }
}

void override_case(StepCase& step_case, const ScoreOptions& options) {
  if (auto* single = std::get_if<SingleStep>(&step_case)) override_step(single->input, options);
  if (auto* sequence = std::get_if<StepSequence>(&step_case)) {
    if (options.block)
      throw SystemError(ExitCode::usage, "--block: each step of a sequence has a block of its own");
    for (SequenceStep& step : sequence->steps) override_step(step.input, options);
  }
  if (auto* legacy = std::get_if<LegacyStep>(&step_case)) {
    const Epsilon own{.start = legacy->input.epsilon, .end = legacy->input.epsilon};
    legacy->input.epsilon = overridden(own, options).start;
  }
}

}  // namespace verdict
