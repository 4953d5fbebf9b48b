// What the chain asks of weights before it takes them, looked at before they are sent. Source:
// opentensor/subtensor, pallets/subtensor/src/subnets/weights.rs at 14bc6f9f.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "verdict/competition/top_miners.h"

namespace verdict {

inline constexpr int64_t kNotRegistered = -1;

// A subnet at one block, and the validator that is to set weights there. What is absent is not
// known, and the rules that need it are not checked.
struct ChainView {
  std::optional<int64_t> netuid{};
  std::optional<int64_t> block{};
  std::optional<bool> subnet_exists{};
  int64_t mechanism = 0;                  // The one whose weights are set.
  std::optional<int64_t> mechanisms{};    // Of the subnet, counted.
  std::optional<int64_t> uids{};          // Of the subnet, counted: n.
  std::optional<int64_t> uid{};           // Of the validator, or kNotRegistered.
  std::optional<uint64_t> stake{};        // Of the validator, in rao, as is the next.
  std::optional<uint64_t> least_stake{};  // That a validator needs to set weights.
  std::optional<int64_t> version_key{};   // 0: any is taken.
  std::optional<int64_t> last_update{};   // Block of the validator's last weights; 0: none yet.
  std::optional<int64_t> rate_limit{};    // Blocks between two of its weights.
  std::optional<bool> commit_reveal{};
  std::optional<bool> validator_permit{};
  std::optional<bool> owner{};  // Whether the validator owns the subnet.
  std::optional<int64_t> min_allowed_weights{};
  std::optional<int64_t> max_weight_limit{};  // Of one weight, 65535ths of the sum; 65535: none.
  std::optional<std::vector<int64_t>> registered_at{};    // [uids], block.
  std::optional<std::vector<ValidatorRow>> validators{};  // By ascending uid; stakes in rao.
};

struct WeightsToSet {
  int64_t netuid = 0;
  int64_t block = 0;  // Of the evaluation.
  int64_t version_key = 0;
  std::vector<int64_t> uids{};
  std::vector<int64_t> values{};  // [uids], 0 … 65535
};

enum class RuleOutcome { kept, broken, not_checked };

struct CheckedRule {
  std::string rule{};  // "rate_limit"
  RuleOutcome outcome = RuleOutcome::kept;
  std::string words{};  // What was found, and what is asked: a sentence without its full stop.
};

// Every rule in the order in which the chain looks at them; the last, "same_owners", is our own:
// nobody is to be paid for the models of the one who had the uid before. Throws nothing.
[[nodiscard]] std::vector<CheckedRule> preflight(const WeightsToSet& weights,
                                                 const ChainView& chain);

}  // namespace verdict
