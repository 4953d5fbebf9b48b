// One model against another, with the advantage of the earlier one.
#pragma once

#include <cstdint>

#include "verdict/competition/competition_file.h"

namespace verdict {

// A model as the rules see it.
struct Entry {
  int64_t uid = 0;
  double score = 0.0;  // Lower is better. NaN, infinite or negative: failed.
  double block = 0.0;  // Of the last commitment; infinite if unknown.
};

struct Duel {
  bool won = false;      // By the first of the two.
  double epsilon = 0.0;  // That protected the earlier one; 0 in the same block.
};

// False for NaN, infinite and negative scores.
[[nodiscard]] bool has_score(const Entry& entry);

// The order of time: the smaller (block, uid).
[[nodiscard]] bool is_earlier(const Entry& a, const Entry& b);

// a beats b iff a' < b', where the score of the one with the strictly smaller block counts (1 −
// epsilon) times. Nobody wins at equality; NaN never wins.
[[nodiscard]] Duel duel(const Entry& a, const Entry& b, const Epsilon& epsilon,
                        double current_block);

}  // namespace verdict
