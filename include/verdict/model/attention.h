// Causal attention, which never holds a whole score matrix. Letters as in ops.h.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace verdict::ops {

// How scores are made: scale · q·k, soft-capped, plus the bias of the key, behind the mask.
struct AttentionRule {
  double scale = 1;
  int64_t window = 0;     // Query i sees keys i − window + 1 … i; 0: all up to i.
  double softcap = 0;     // c · tanh(score / c); 0: off.
  at::Tensor key_bias{};  // [H/tp, L] float32, for the key's position (ALiBi); undefined: none.
};

// Queries of a block of the general path, whose scores are the memory that it needs.
inline constexpr int64_t kQueryBlock = 64;

// Query head h of this rank uses its kv head h / (heads / kv heads). q [B, N, H/tp, E], k and v
// [B, L, K/tp, E] -> [B, N, H/tp, E]; the queries are those of the last N of the L positions. Rows
// are computed one by one, so that a row's bits do not depend on the others.
[[nodiscard]] at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                   const AttentionRule& rule);

}  // namespace verdict::ops
