// The kernels for tensors: shapes, strides and alignment are looked at here, and turned into plain
// arguments. All throw SystemError if a tensor is not as said. Letters as in verdict/model/ops.h.
#pragma once

#include <ATen/ATen.h>

#include "verdict/checkpoint/decoder_spec.h"
#include "verdict/core/range.h"
#include "verdict/model/norm.h"

namespace verdict::kernels {

// x += branch if it is defined, and out = norm(x), which may be x itself without a branch. Both
// norms and both dtypes (float32, bfloat16) of ops::norm. x [T, D], or [B, L, H, E] with rows as
// long as the weight; branch [T, D], contiguous as x is then; out as x.
void add_norm(const at::Tensor& x, const at::Tensor& branch, const ops::NormWeights& weights,
              Norm kind, double eps, const at::Tensor& out);

// In place. qk [B, L, H, E], a view into the packed product; cos, sin [L, rotary_dim/2] of the
// dtype of qk. `pairs`: neighbours against each other, else halves.
void rotate(const at::Tensor& qk, const at::Tensor& cos, const at::Tensor& sin, bool pairs);

// act(gate) · up of [T, 2F/tp], or act(x) of [T, F/tp], both contiguous. -> [T, F/tp]
[[nodiscard]] at::Tensor gate(const at::Tensor& in, Act act, bool gated);

// Of each row of this rank's logits.
struct RowSums {
  at::Tensor peak{};    // [T] float32, the largest logit.
  at::Tensor sum{};     // [T] Σ exp(logit − peak); NaN if a logit is not finite.
  at::Tensor target{};  // [T] the target's logit; 0 if another rank has it.
};

// logits [T, V/tp] float32, targets [T] int64, vocab this rank's ids. `softcap` as
// DecoderSpec::logit_softcap, applied on the way.
[[nodiscard]] RowSums log_sum_exp(const at::Tensor& logits, const at::Tensor& targets, Range vocab,
                                  double softcap);

}  // namespace verdict::kernels
