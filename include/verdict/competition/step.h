// From the scores of one competition to win rates, a winner and step weights. See rules.h for the
// interface that the three rule sets share.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "verdict/competition/duel.h"

namespace verdict {

inline constexpr double kTemperature = 0.01;

struct StepResult {
  // The reference has no competitive model and abandons the step: all that follows is then empty or
  // 0, and nothing is to be recorded.
  bool aborted = false;
  std::vector<int64_t> uids{};  // All that were given, in evaluation order, as the matrices below.
  std::vector<int64_t> competitive{};    // In evaluation order.
  std::map<int64_t, int64_t> wins{};     // Of the competitive.
  std::map<int64_t, double> win_rate{};  // Of the competitive.
  // The competitive, best first: [0] is the winner, [1] the runner-up.
  std::vector<int64_t> ranking{};
  // Absent if no model can win: then nothing is to be recorded.
  std::optional<int64_t> winner{};
  // Of all uids; they sum to 1, or are all 0 without a winner.
  std::map<int64_t, double> step_weights{};
  // [uid, opponent], row-major, 0 or 1. Also between models that are not competitive, whose duels
  // decide nothing. 0 and NaN on the diagonal and where one of the two has no finite score.
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
// The order of `entries` means nothing: evaluation order is by uid. Throws SystemError(internal) if
// a uid occurs twice.
[[nodiscard]] StepResult hardened_step(std::vector<Entry> entries, const Epsilon& epsilon,
                                       double current_block, Payout payout,
                                       double temperature = kTemperature);

// The rules "reference", with all that is odd about them: a failed model is one of infinite (or
// NaN) score and takes part, equal blocks eliminate each other, the first of equal rates wins, the
// softmax is over all entries. Source: neurons/validator.py and pretrain/validation.py of
// macrocosm-os/pretraining at 42328dea, taoverse at e350d5e4. Throws as hardened_step does.
[[nodiscard]] StepResult reference_step(const std::vector<Entry>& entries, const Epsilon& epsilon,
                                        double current_block, Payout payout,
                                        double temperature = kTemperature);

struct BatchStep {
  std::vector<Entry> entries{};  // In evaluation order. Scores order equal rates, and nothing else.
  std::vector<std::vector<double>> losses{};  // [entry][batch]; infinite if the batch failed.
  size_t batches = 0;      // Of each list so many are looked at; a list may be longer.
  double epsilon = 0.005;  // Protects the earlier model and does not decay.
  Payout payout = Payout::softmax;
  double temperature = kTemperature;
};

// The rules "per-batch": a duel per batch and pair, no filter, so that all entries are competitive;
// rate = wins / ((entries − 1) × batches), 0 without an opponent; the first of the highest rates in
// evaluation order wins. Duels of the matrix are won by more than half of what is not drawn.
// Source: pretrain/validation.py of macrocosm-os/pretraining at 52962cf0. Throws
// SystemError(internal) if a uid occurs twice or a list of losses is too short.
[[nodiscard]] StepResult batch_step(const BatchStep& step);

}  // namespace verdict
