// Rotary angles: transformers' modeling_rope_utils.py (default, linear, llama3, dynamic,
// yarn, longrope), computed in float32 in its order.
#pragma once

#include <ATen/ATen.h>

#include "verdict/checkpoint/decoder_spec.h"

namespace verdict {

struct RotaryTable {
  at::Tensor cos{};  // [L, rotary_dim/2] float32
  at::Tensor sin{};
};

// Positions 0 … length−1 of a row of `length` tokens, which the kinds dynamic and longrope depend
// on.
[[nodiscard]] RotaryTable rotary_table(const Rope& rope, int64_t rotary_dim, int64_t length);

}  // namespace verdict
