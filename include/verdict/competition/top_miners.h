// Which miners large validators already pay: an operator whose winner is not among them may be
// wrong.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace verdict {

// What a validator has set on chain, in any unit.
struct ValidatorRow {
  int64_t uid = 0;
  double stake = 0.0;
  bool permit = false;
  std::vector<std::pair<int64_t, double>> weights{};  // (miner, weight)
};

// Ascending uids of the miners to which at least one validator with a permit and at least
// `min_stake` gives at least `min_share` of its row's total. Source: taoverse
// src/taoverse/metagraph/utils.py at e350d5e4.
[[nodiscard]] std::vector<int64_t> top_miners(const std::vector<ValidatorRow>& rows,
                                              double min_stake, double min_share);

}  // namespace verdict
