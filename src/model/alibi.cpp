#include "verdict/model/alibi.h"

#include <bit>
#include <cmath>

namespace verdict {
namespace {

// 2^(−8/n), to the powers given.
at::Tensor powers_of_root(int64_t n, const at::Tensor& powers) {
  return at::pow(at::full({}, std::exp2(-8.0 / static_cast<double>(n)), at::kFloat), powers);
}

// With n heads, a power of two: 2^(−8(i+1)/n). Otherwise those of the next lower power, then every
// other one of the next higher. -> [heads] float32
at::Tensor slopes(int64_t heads) {
  const auto lower = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(heads)));
  const at::Tensor first = powers_of_root(lower, at::arange(1, 1 + lower, at::kInt));
  const int64_t rest = heads - lower;
  if (rest == 0) return first;
  return at::cat({first, powers_of_root(2 * lower, at::arange(1, 1 + 2 * rest, 2, at::kInt))});
}

}  // namespace

at::Tensor alibi_bias(int64_t heads, Range mine, int64_t head_dim, int64_t length) {
  // Slopes and products are rounded to bfloat16 in every dtype (build_alibi_tensor).
  const at::Tensor rounded =
      slopes(heads).narrow(0, mine.begin, mine.size()).to(at::kBFloat16).unsqueeze(-1);
  const at::Tensor bias = (rounded * at::arange(length, at::kLong)).to(at::kFloat);
  return bias.div_(std::sqrt(static_cast<double>(head_dim)));
}

}  // namespace verdict
