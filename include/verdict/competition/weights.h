// The published integers. Source: bittensor SDK v9.0.0, convert_weights_and_uids_for_emit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace verdict {

struct U16Weights {
  std::vector<int64_t> uids{};
  std::vector<int> values{};  // 1 … 65535, the largest is 65535.
};

// round_half_even(weight / max × 65535) without the zeros, in the order given; empty if the weights
// sum to 0. Throws SystemError(internal) for no weights, other lengths, negative uids and for
// negative, NaN or infinite weights.
[[nodiscard]] U16Weights to_u16(std::span<const int64_t> uids, std::span<const double> weights);

}  // namespace verdict
