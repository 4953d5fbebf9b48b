#include "verdict/model/norm.h"

#include <utility>

#include "model/kernels/fused.h"
#include "model/kernels/serves.h"

namespace verdict::ops {
namespace {

// wide / sqrt(mean_square + eps) · weight, rounded to `dtype` before the product with the weight
// (LlamaRMSNorm of transformers) or after it (Olmo2RMSNorm, GemmaRMSNorm). `wide` is float32.
at::Tensor scaled(const at::Tensor& wide, at::Tensor mean_square, const at::Tensor& weight,
                  Norm kind, double eps, at::ScalarType dtype) {
  const at::Tensor inverse = mean_square.add_(eps).rsqrt_();
  if (kind == Norm::rms) return (wide * inverse).to(dtype).mul_(weight);
  const at::Tensor factor = weight.to(at::kFloat);
  return (wide * inverse).mul_(kind == Norm::rms_plus_one ? factor + 1 : factor).to(dtype);
}

}  // namespace

at::Tensor norm(const at::Tensor& x, const NormWeights& weights, Norm kind, double eps) {
  if (kernels::serves(x)) {
    at::Tensor out = at::empty(x.sizes(), x.options());
    kernels::add_norm(x, {}, weights, kind, eps, out);
    return out;
  }
  if (kind == Norm::layer) {
    return at::layer_norm(x, weights.weight.sizes(), weights.weight, weights.bias, eps);
  }
  const at::Tensor wide = x.to(at::kFloat);
  return scaled(wide, wide.square().mean(-1, /*keepdim=*/true), weights.weight, kind, eps,
                x.scalar_type());
}

at::Tensor add_norm(at::Tensor& x, at::Tensor branch, const NormWeights& weights, Norm kind,
                    double eps) {
  if (kernels::serves(x) && weights.defined()) {
    at::Tensor out = at::empty_like(x);
    kernels::add_norm(x, branch, weights, kind, eps, out);
    return out;
  }
  if (branch.defined()) x.add_(std::exchange(branch, {}));
  return weights.defined() ? norm(x, weights, kind, eps) : x;
}

void norm_in_place(const at::Tensor& x, const NormWeights& weights, Norm kind, double eps) {
  if (kernels::serves(x)) {
    kernels::add_norm(x, {}, weights, kind, eps, x);
  } else {
    x.copy_(norm(x, weights, kind, eps));
  }
}

at::Tensor sum_of_squares(const at::Tensor& x) {
  return x.to(at::kFloat).square().sum({2, 3}, /*keepdim=*/true);
}

at::Tensor norm_of_heads(const at::Tensor& x, const at::Tensor& mean_square,
                         const at::Tensor& weight, Norm kind, double eps) {
  return scaled(x.to(at::kFloat), mean_square.clone(), weight.view({x.size(2), x.size(3)}), kind,
                eps, x.scalar_type());
}

}  // namespace verdict::ops
