// Whether a model that was evaluated before is worth another evaluation.
#pragma once

#include <cstdint>
#include <vector>

#include "verdict/competition/competition_file.h"

namespace verdict {

// One evaluation of one submission. An infinite or NaN score: it failed.
struct PastResult {
  int64_t block = 0;  // At which it was evaluated.
  double score = 0.0;
  int64_t winning_block = 0;   // Of the winner's commitment then.
  double winning_score = 0.0;  // NaN without a winner.
};

// Whether a submission of `upload_block` may be evaluated: `delay` blocks lie between, inclusive.
[[nodiscard]] bool delay_is_over(int64_t upload_block, int64_t delay, int64_t current_block);

inline constexpr size_t kLongestHistory = 3;

// Inserts by block and drops the oldest of more than three.
void add_result(std::vector<PastResult>& history, const PastResult& result);

// The reference's rule, with the list as it stands, its last entry being the last result: yes
// without a history; with a score: if the last one would beat the winner of then by what its
// epsilon has become; with failures only: if there are fewer than two. Source:
// macrocosm-os/pretraining at 42328dea, whose tests/model/test_retry.py states the cases.
[[nodiscard]] bool should_retry(const std::vector<PastResult>& history, const Epsilon& epsilon,
                                double current_block);

inline constexpr int64_t kBackOffBlocks = 300;       // About an hour.
inline constexpr int64_t kLongestBackOff = 100'800;  // About two weeks.

// From which block on a submission that has failed `failures` times in a row, last at `last_block`,
// is computed again: at once after the first failure, then after 300 blocks, doubled each time up
// to two weeks.
[[nodiscard]] int64_t next_attempt(int64_t failures, int64_t last_block);

}  // namespace verdict
