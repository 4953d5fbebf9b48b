// The norms of the decoder, computed in float32 whatever the dtype. Letters as in ops.h.
#pragma once

#include <ATen/ATen.h>

#include "verdict/checkpoint/decoder_spec.h"

namespace verdict::ops {

// Of one norm; both undefined where the model has none.
struct NormWeights {
  at::Tensor weight{};  // [D]; [E] for heads; [H/tp · E] for all heads together
  at::Tensor bias{};    // As the weight, or undefined.
  [[nodiscard]] bool defined() const { return weight.defined(); }
};

// Over the last dimension, whose size is that of the weight. -> x's shape and dtype.
[[nodiscard]] at::Tensor norm(const at::Tensor& x, const NormWeights& weights, Norm kind,
                              double eps);

// x += branch (undefined: nothing is added), then the norm of x -> as norm; x itself where there is
// no such norm. x, branch [T, D].
[[nodiscard]] at::Tensor add_norm(at::Tensor& x, at::Tensor branch, const NormWeights& weights,
                                  Norm kind, double eps);

// x = norm(x). x [B, L, H, E], a view into the packed product.
void norm_in_place(const at::Tensor& x, const NormWeights& weights, Norm kind, double eps);

// The two halves of an RMS norm over all heads of all ranks; the sum over ranks is between them.
// x [B, L, H/tp, E] -> [B, L, 1, 1] float32.
[[nodiscard]] at::Tensor sum_of_squares(const at::Tensor& x);
// x · weight / sqrt(mean_square + eps). weight [H/tp · E] -> x's shape and dtype.
[[nodiscard]] at::Tensor norm_of_heads(const at::Tensor& x, const at::Tensor& mean_square,
                                       const at::Tensor& weight, Norm kind, double eps);

}  // namespace verdict::ops
