// The three rule sets behind one interface: from scores and blocks to win rates, a winner and step
// weights. Pure functions.
#pragma once

#include <string_view>
#include <vector>

#include "verdict/competition/step.h"

namespace verdict {

// hardened: the default, which failed scores and equal blocks cannot game or abort (see
// hardened_step). reference: macrocosm-os/pretraining at 42328dea, with its edge cases. per_batch:
// the same at 52962cf0, where every batch of every pair is a duel.
enum class Rules { hardened, reference, per_batch };

// "hardened", "reference", "per-batch".
[[nodiscard]] std::string_view rules_name(Rules rules);
// Throws SystemError(usage) for any other name.
[[nodiscard]] Rules rules_of_name(std::string_view name);

struct StepInput {
  std::vector<Entry> entries{};                // In evaluation order, which hardened ignores.
  std::vector<std::vector<double>> batches{};  // [entry][batch] losses; per_batch only.
  Epsilon epsilon{};                           // per_batch: `start` throughout, it does not decay.
  double current_block = 0.0;
  Payout payout = Payout::softmax;
  double temperature = kTemperature;
};

// The step by one of the three. Throws SystemError(internal) if a uid occurs twice, or if batches
// are missing.
[[nodiscard]] StepResult decide_step(Rules rules, const StepInput& input);

}  // namespace verdict
