// From the scores of one competition to win rates, a winner and step weights.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "verdict/competition/duel.h"

namespace verdict {

inline constexpr double kTemperature = 0.01;

struct StepResult {
  std::vector<int64_t> uids{};  // All that were given, ascending: the order of the matrices below.
  std::vector<int64_t> competitive{};
  std::map<int64_t, int64_t> wins{};     // Of the competitive.
  std::map<int64_t, double> win_rate{};  // Of the competitive.
  std::vector<int64_t>
      ranking{};  // The competitive, best first: [0] is the winner, [1] the runner-up.
  // Absent if no model has a finite score: then nothing is to be recorded.
  std::optional<int64_t> winner{};
  // Of all uids; they sum to 1, or are all 0 without a winner.
  std::map<int64_t, double> step_weights{};
  // [uid, opponent], row-major, 0 or 1. Also between models that are not competitive, whose duels
  // decide nothing. 0 and NaN on the diagonal and where one of the two has failed.
  std::vector<uint8_t> duel_won{};
  std::vector<double> epsilon{};
};

// The rules "hardened" (1 to 4):
// 1. A score that is NaN, infinite or negative means failed; the failed take no part and get weight
// 0.
// 2. Competitive is who beats every earlier model by the fully decayed epsilon; earlier is the
// smaller (block, uid).
// 3. Win rate = duels won among the competitive / (their number − 1), 1 for a single one. Best is
// the higher rate, then
//    the lower score, then the earlier block, then the lower uid.
// 4. Weights = softmax(win rate / temperature) over all that have a score, where the rate of the
// others is 0; with
//    Payout::winner 1 for the winner, 0 for everybody else.
// The order of `entries` means nothing. Throws SystemError(internal) if a uid occurs twice.
[[nodiscard]] StepResult hardened_step(std::vector<Entry> entries, const Epsilon& epsilon,
                                       double current_block, Payout payout,
                                       double temperature = kTemperature);

}  // namespace verdict
