#include "verdict/competition/weights.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "verdict/core/error.h"

namespace verdict {
namespace {

void check(std::span<const int64_t> uids, std::span<const double> weights) {
  if (uids.size() != weights.size() || uids.empty()) {
    throw SystemError("need as many weights as uids and at least one, found " +
                      std::to_string(weights.size()) + " weights and " +
                      std::to_string(uids.size()) + " uids");
  }
  for (size_t i = 0; i < uids.size(); ++i) {
    if (uids[i] < 0)
      throw SystemError("a uid must not be negative, found " + std::to_string(uids[i]));
    if (!(std::isfinite(weights[i]) && weights[i] >= 0.0)) {
      throw SystemError("the weight of uid " + std::to_string(uids[i]) +
                        " must be finite and not negative, found " + std::to_string(weights[i]));
    }
  }
}

}  // namespace

U16Weights to_u16(std::span<const int64_t> uids, std::span<const double> weights) {
  check(uids, weights);
  U16Weights result;
  const double largest = *std::max_element(weights.begin(), weights.end());
  if (largest == 0.0) return result;
  for (size_t i = 0; i < uids.size(); ++i) {
    // Division first, as the chain's SDK does it. The default rounding mode is half to even.
    const int value = static_cast<int>(std::nearbyint(weights[i] / largest * 65535.0));
    if (value == 0) continue;
    result.uids.push_back(uids[i]);
    result.values.push_back(value);
  }
  return result;
}

}  // namespace verdict
