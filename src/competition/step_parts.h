// What the rule sets have in common.
#pragma once

#include <vector>

#include "verdict/competition/step.h"

namespace verdict {

// Fills uids and zero weights. Throws SystemError(internal) if a uid occurs twice.
[[nodiscard]] StepResult begin_step(const std::vector<Entry>& entries);

// duel_won and epsilon, between all that have a finite score.
void fill_duels(const std::vector<Entry>& entries, const Epsilon& epsilon, double current_block,
                StepResult& step);

// competitive, wins and win_rate from the duels among `competitive`.
void fill_wins(const std::vector<Entry>& competitive, const Epsilon& epsilon, double current_block,
               StepResult& step);

// By rate, then lower score, earlier block, lower uid: the ranking and the winner.
void fill_ranking(std::vector<Entry> competitive, StepResult& step);

// Moves the first of the highest rates in evaluation order to the front: the reference's winner.
void prefer_first(StepResult& step);

// Softmax of rate / temperature over `paid`, where who is not competitive has rate 0; or all to the
// winner.
void fill_weights(const std::vector<Entry>& paid, Payout payout, double temperature,
                  StepResult& step);

}  // namespace verdict
