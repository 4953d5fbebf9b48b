// Every product and every fused step of the decoder, each behind one function: prepacked weights,
// buffers and kernels change here and nowhere else. Shapes: T tokens · D hidden · H heads · K kv
// heads · E head size · F mlp · V vocabulary · /tp split over the group.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>

#include "verdict/checkpoint/decoder_spec.h"

namespace verdict::ops {

// A weight ready to be multiplied with. On CPU it is in oneDNN's blocked layout, which is faster
// than the plain one and gives a row the same bits wherever it stands in the batch; on CUDA it is
// plain, for cuBLAS.
struct Linear {
  at::Tensor weight{};  // [out, in]
  at::Tensor bias{};    // [out] or undefined.
  int64_t in = 0;
  int64_t out = 0;
};

// `tokens`: rows of the products to come, a hint for the layout. `weight` may be freed by the
// caller afterwards.
[[nodiscard]] Linear make_linear(const at::Tensor& weight, const at::Tensor& bias, int64_t tokens);

// What passes over micro-batches share, and exact counters for tests and measurements.
struct Workspace {
  at::Tensor logits{};  // A chunk of the head on CUDA, used again and again.
  int64_t peak_logits_bytes = 0;
  int64_t products = 0;
};

// out = x · weightᵀ + bias. x [T, in] -> out [T, out], in x's dtype.
void linear(const Linear& l, const at::Tensor& x, at::Tensor& out, Workspace& workspace);

// out = x · weightᵀ + bias in float32, never rounded to less. x [T, D] -> out [T, V/tp] float32,
// which the next call may overwrite. On CUDA the operands may be bfloat16, the bias is float32.
void head(const Linear& l, const at::Tensor& x, at::Tensor& out, Workspace& workspace);

// c · tanh(t / c) in place; c = 0: nothing.
void soft_cap(at::Tensor& t, double c);

// x [T, F/tp] -> [T, F/tp].
[[nodiscard]] at::Tensor activate(const at::Tensor& x, Act act);

// act(gate) · up. gate_up [T, 2F/tp] -> [T, F/tp].
[[nodiscard]] at::Tensor activate_gate(const at::Tensor& gate_up, Act act);

// Rotates the first rotary_dim of each head in place, halves against each other (transformers'
// rotate_half). qk [B, L, H, E], a view into the packed buffer; cos, sin [L, rotary_dim/2], on CUDA
// of its dtype.
void rotate_halves(const at::Tensor& qk, const at::Tensor& cos, const at::Tensor& sin);

// The same with neighbours against each other (rotate_every_two of GPT-J).
void rotate_pairs(const at::Tensor& qk, const at::Tensor& cos, const at::Tensor& sin);

// Rows of `embed` [V/tp, D] for ids of this rank's range, zero for the others'. ids [T] -> [T, D].
[[nodiscard]] at::Tensor embed_own(const at::Tensor& embed, const at::Tensor& ids,
                                   int64_t first_id);

}  // namespace verdict::ops
