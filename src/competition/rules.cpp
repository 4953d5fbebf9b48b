#include "verdict/competition/rules.h"

#include <algorithm>
#include <array>
#include <string>

#include "verdict/core/error.h"

namespace verdict {
namespace {

constexpr std::array<std::string_view, 3> kNames{"hardened", "reference", "per-batch"};

// All lists are of one length, that of the shortest if they are not.
size_t batches_of(const StepInput& input) {
  size_t batches = input.batches.empty() ? 0 : input.batches.front().size();
  for (const auto& list : input.batches) batches = std::min(batches, list.size());
  return batches;
}

}  // namespace

std::string_view rules_name(Rules rules) { return kNames[static_cast<size_t>(rules)]; }

Rules rules_of_name(std::string_view name) {
  const auto* const found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) {
    throw SystemError(ExitCode::usage, "the rules must be hardened, reference or per-batch, not '" +
                                           std::string(name) + "'");
  }
  return static_cast<Rules>(found - kNames.begin());
}

StepResult decide_step(Rules rules, const StepInput& input) {
  switch (rules) {
    case Rules::hardened:
      return hardened_step(input.entries, input.epsilon, input.current_block, input.payout,
                           input.temperature);
    case Rules::reference:
      return reference_step(input.entries, input.epsilon, input.current_block, input.payout,
                            input.temperature);
    case Rules::per_batch:
      return batch_step({.entries = input.entries,
                         .losses = input.batches,
                         .batches = batches_of(input),
                         .epsilon = input.epsilon.start,
                         .payout = input.payout,
                         .temperature = input.temperature});
  }
  throw SystemError("unknown rules");
}

}  // namespace verdict
