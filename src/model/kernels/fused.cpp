#include "model/kernels/fused.h"

#include <c10/core/DeviceGuard.h>

#include <algorithm>
#include <initializer_list>
#include <string>

#include "model/kernels/launch.h"
#include "verdict/core/error.h"

namespace verdict::kernels {
namespace {

void require(bool as_said, const char* kernel, const std::string& expected) {
  if (!as_said) throw SystemError(std::string(kernel) + " kernel: expected " + expected);
}

bool is_bfloat(const at::Tensor& t, const char* kernel) {
  require(t.scalar_type() == at::kFloat || t.scalar_type() == at::kBFloat16, kernel,
          std::string("float32 or bfloat16, found ") + toString(t.scalar_type()));
  return t.scalar_type() == at::kBFloat16;
}

bool all_aligned(std::initializer_list<const void*> pointers) {
  return std::all_of(pointers.begin(), pointers.end(), [](const void* pointer) {
    return reinterpret_cast<uintptr_t>(pointer) % kAccessBytes == 0;
  });
}

// Sizes and strides that keep aligned rows aligned, in elements of `element` bytes.
bool all_whole(std::initializer_list<int64_t> sizes, int64_t element) {
  return std::all_of(sizes.begin(), sizes.end(),
                     [&](int64_t size) { return size * element % kAccessBytes == 0; });
}

const void* pointer(const at::Tensor& t) { return t.defined() ? t.const_data_ptr() : nullptr; }

// x [T, D], or [B, L, H, E] whose tokens are evenly apart.
Rows rows_of(const at::Tensor& x, const char* kernel) {
  const int64_t dim = x.dim();
  require((dim == 2 || dim == 4) && x.stride(-1) == 1, kernel, "rows of elements side by side");
  if (dim == 2) return {1, x.stride(0), 0};
  require(x.size(0) == 1 || x.stride(0) == x.size(1) * x.stride(1), kernel, "tokens evenly apart");
  return {x.size(2), x.stride(1), x.stride(2)};
}

Curve curve_of(Act act) {
  switch (act) {
    case Act::silu:
      return Curve::silu;
    case Act::gelu_tanh:
      return Curve::gelu_tanh;
    case Act::gelu_erf:
      return Curve::gelu_erf;
  }
  return Curve::silu;
}

}  // namespace

void add_norm(const at::Tensor& x, const at::Tensor& branch, const ops::NormWeights& weights,
              Norm kind, double eps, const at::Tensor& out) {
  constexpr auto kName = "add_norm";
  const c10::DeviceGuard guard(x.device());
  AddNormArguments a;
  a.x = x.data_ptr();
  a.branch = pointer(branch);
  a.weight = pointer(weights.weight);
  a.bias = kind == Norm::layer ? pointer(weights.bias) : nullptr;
  a.out = out.data_ptr();
  a.x_rows = rows_of(x, kName);
  a.out_rows = rows_of(out, kName);
  a.width = x.size(-1);
  a.rows = a.width == 0 ? 0 : x.numel() / a.width;
  a.eps = static_cast<float>(eps);
  a.bfloat = is_bfloat(x, kName);
  a.layer = kind == Norm::layer;
  a.round_first = kind == Norm::rms;
  a.weight_offset = kind == Norm::rms_plus_one ? 1.0F : 0.0F;
  require(weights.weight.numel() == a.width && weights.weight.is_contiguous(), kName,
          "a weight of " + std::to_string(a.width) + " elements");
  require(a.bias == nullptr || weights.bias.numel() == a.width, kName, "a bias as the weight");
  require(out.sizes() == x.sizes(), kName, "an output of the shape of x");
  require(!branch.defined() || (branch.sizes() == x.sizes() && branch.is_contiguous() &&
                                x.is_contiguous() && a.out != a.x),
          kName, "x and a branch of the same shape, contiguous, and another output");
  for (const at::Tensor& t : {branch, weights.weight, weights.bias, out}) {
    require(!t.defined() || t.scalar_type() == x.scalar_type(), kName, "one dtype");
  }
  a.packed = all_aligned({a.x, a.branch, a.weight, a.out}) &&
             all_whole({a.width, a.x_rows.outer_stride, a.x_rows.inner_stride,
                        a.out_rows.outer_stride, a.out_rows.inner_stride},
                       x.element_size());
  launch(a);
}

void rotate(const at::Tensor& qk, const at::Tensor& cos, const at::Tensor& sin, bool pairs) {
  constexpr auto kName = "rotate";
  const c10::DeviceGuard guard(qk.device());
  RotateArguments a;
  a.qk = qk.data_ptr();
  a.cos = pointer(cos);
  a.sin = pointer(sin);
  const Rows rows = rows_of(qk, kName);
  require(qk.dim() == 4, kName, "heads [B, L, H, E]");
  a.tokens = qk.size(0) * qk.size(1);
  a.length = qk.size(1);
  a.heads = qk.size(2);
  a.half = cos.size(-1);
  a.token_stride = rows.outer_stride;
  a.head_stride = rows.inner_stride;
  a.bfloat = is_bfloat(qk, kName);
  a.pairs = pairs;
  require(2 * a.half <= qk.size(3), kName, "no more rotated dimensions than a head has");
  for (const at::Tensor& table : {cos, sin}) {
    require(table.scalar_type() == qk.scalar_type() && table.is_contiguous() && table.dim() == 2 &&
                table.size(0) == a.length && table.size(1) == a.half,
            kName, "a table [L, rotary_dim/2] of the dtype of the heads");
  }
  a.packed = all_aligned({a.qk, a.cos, a.sin}) &&
             all_whole({a.half, a.token_stride, a.head_stride}, qk.element_size());
  launch(a);
}

at::Tensor gate(const at::Tensor& in, Act act, bool gated) {
  constexpr auto kName = "gate";
  const c10::DeviceGuard guard(in.device());
  require(in.dim() == 2 && in.is_contiguous() && (!gated || in.size(1) % 2 == 0), kName,
          "[T, 2F] or [T, F], contiguous");
  GateArguments a;
  a.rows = in.size(0);
  a.width = gated ? in.size(1) / 2 : in.size(1);
  at::Tensor out = at::empty({a.rows, a.width}, in.options());
  a.in = pointer(in);
  a.out = out.data_ptr();
  a.curve = curve_of(act);
  a.gated = gated;
  a.bfloat = is_bfloat(in, kName);
  a.packed = all_aligned({a.in, a.out}) && all_whole({a.width}, in.element_size());
  launch(a);
  return out;
}

RowSums log_sum_exp(const at::Tensor& logits, const at::Tensor& targets, Range vocab,
                    double softcap) {
  constexpr auto kName = "log_sum_exp";
  const c10::DeviceGuard guard(logits.device());
  require(logits.scalar_type() == at::kFloat && logits.dim() == 2 && logits.stride(1) == 1, kName,
          "logits [T, V] in float32, those of a token side by side");
  require(logits.size(1) == vocab.size(), kName, "a logit for each of this rank's ids");
  require(targets.scalar_type() == at::kLong && targets.dim() == 1 && targets.is_contiguous() &&
              targets.size(0) == logits.size(0),
          kName, "an int64 target for each row of logits");
  const auto per_row = [&] { return at::empty({logits.size(0)}, logits.options()); };
  const RowSums sums{.peak = per_row(), .sum = per_row(), .target = per_row()};
  LogSumExpArguments a;
  a.logits = logits.const_data_ptr<float>();
  a.targets = targets.const_data_ptr<int64_t>();
  a.peak = sums.peak.mutable_data_ptr<float>();
  a.sum = sums.sum.mutable_data_ptr<float>();
  a.target = sums.target.mutable_data_ptr<float>();
  a.rows = logits.size(0);
  a.width = logits.size(1);
  a.row_stride = logits.stride(0);
  a.first_id = vocab.begin;
  a.softcap = static_cast<float>(softcap);
  a.packed = all_aligned({a.logits}) && all_whole({a.row_stride}, logits.element_size());
  launch(a);
  return sums;
}

}  // namespace verdict::kernels
