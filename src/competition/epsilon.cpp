#include "verdict/competition/epsilon.h"

#include <algorithm>

#include "verdict/core/error.h"

namespace verdict {

double epsilon_at(const Epsilon& epsilon, double current_block, double model_block) {
  if (epsilon.kind == Epsilon::Kind::fixed) return epsilon.start;
  if (epsilon.blocks < 1) {
    throw SystemError("a linear epsilon needs at least 1 block, found " +
                      std::to_string(epsilon.blocks));
  }
  const double age = std::max(current_block - model_block, 0.0);
  const double fraction = std::min(age / static_cast<double>(epsilon.blocks), 1.0);
  return epsilon.start - fraction * (epsilon.start - epsilon.end);
}

}  // namespace verdict
