// Where this operator's weights differ from what the other validators have set: a winner that is
// named nowhere else earns its validator less, and may be a fault of its machine or its data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "verdict/competition/preflight.h"
#include "verdict/core/json.h"

namespace verdict {

struct OtherValidators {
  // With a permit and the stake that it takes to set weights, without the validator itself.
  size_t validators = 0;
  double same_top_stake_share = 0.0;  // Of their stake: pays most to the uid that we pay most.
  std::vector<int64_t> only_here{};   // Ascending uids of at least a twentieth of our weights …
  std::vector<int64_t> only_there{};  // … and of the weights of at least one of them.
};

// Nothing if the chain's view has no validators.
[[nodiscard]] std::optional<OtherValidators> compare_with_others(const WeightsToSet& weights,
                                                                 const ChainView& chain);

[[nodiscard]] Json others_json(const std::optional<OtherValidators>& others);
// A paragraph; empty without others.
[[nodiscard]] std::string others_text(const std::optional<OtherValidators>& others);

}  // namespace verdict
