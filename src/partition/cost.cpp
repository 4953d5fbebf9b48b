#include "verdict/partition/cost.h"

#include <algorithm>

namespace verdict {

double flop_per_token(const ModelShape& shape) {
  const auto width = static_cast<double>(shape.heads * shape.head_dim);
  return 2.0 * static_cast<double>(shape.parameters) +
         2.0 * static_cast<double>(shape.length) * width * static_cast<double>(shape.layers);
}

double predicted_row_seconds(const ModelShape& shape, int tp, const MachineRates& rates) {
  const double compute =
      flop_per_token(shape) * static_cast<double>(shape.length) / (rates.flop * tp);
  if (tp == 1 || rates.all_reduce_bytes <= 0) return compute;
  const auto bytes = 2.0 * static_cast<double>(shape.length * shape.heads * shape.head_dim);
  const double sum =
      rates.all_reduce_seconds + 2.0 * (tp - 1) / tp * bytes / rates.all_reduce_bytes;
  return compute + 2.0 * static_cast<double>(shape.layers) * sum;
}

double predicted_generation_seconds(const ModelShape& shape, int64_t prompts, int64_t prompt_tokens,
                                    int64_t tokens, int tp, const MachineRates& rates) {
  // A step reads all weights for a token of each prompt, in the time of about so many tokens.
  constexpr int64_t kTokensAStep = 32;
  const int64_t steps = (tokens - 1) * std::max(prompts, kTokensAStep);
  return flop_per_token(shape) * static_cast<double>(prompts * prompt_tokens + steps) /
         (rates.flop * tp);
}

double predicted_load_seconds(const ModelShape& shape, const MachineRates& rates) {
  return static_cast<double>(shape.bytes) / rates.load_bytes;
}

}  // namespace verdict
