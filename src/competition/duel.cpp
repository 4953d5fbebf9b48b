#include "verdict/competition/duel.h"

#include <cmath>
#include <utility>

#include "verdict/competition/epsilon.h"

namespace verdict {

bool has_score(const Entry& entry) { return std::isfinite(entry.score) && entry.score >= 0.0; }

bool is_earlier(const Entry& a, const Entry& b) {
  return std::make_pair(a.block, a.uid) < std::make_pair(b.block, b.uid);
}

Duel duel(const Entry& a, const Entry& b, const Epsilon& epsilon, double current_block) {
  if (a.block < b.block) {
    const double e = epsilon_at(epsilon, current_block, a.block);
    return {.won = a.score * (1.0 - e) < b.score, .epsilon = e};
  }
  if (b.block < a.block) {
    const double e = epsilon_at(epsilon, current_block, b.block);
    return {.won = a.score < b.score * (1.0 - e), .epsilon = e};
  }
  return {.won = a.score < b.score, .epsilon = 0.0};
}

}  // namespace verdict
