#include "verdict/model/ops.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include <utility>

#include "model/kernels/fused.h"
#include "model/kernels/serves.h"

namespace verdict::ops {
namespace {

// oneDNN's prepacked product is only reachable through the dispatcher.
at::Tensor reorder_weight(const at::Tensor& weight, int64_t tokens) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("mkldnn::_reorder_linear_weight", "")
                             .typed<at::Tensor(const at::Tensor&, std::optional<int64_t>)>();
  return op.call(weight, tokens);
}

at::Tensor packed_product(const at::Tensor& x, const at::Tensor& weight,
                          const std::optional<at::Tensor>& bias) {
  using Scalars = c10::List<std::optional<at::Scalar>>;
  static const auto op =
      c10::Dispatcher::singleton()
          .findSchemaOrThrow("mkldnn::_linear_pointwise", "")
          .typed<at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                            std::string_view, Scalars, std::optional<std::string_view>)>();
  return op.call(x, weight, bias, "none", Scalars(), "");
}

// Turns `first` against `second` in place. Both [B, L, H, rotary_dim/2].
void rotate(const at::Tensor& first, const at::Tensor& second, const at::Tensor& cos,
            const at::Tensor& sin) {
  const at::Tensor c = cos.to(first.scalar_type()).unsqueeze(1);  // [L, 1, rotary_dim/2]
  const at::Tensor s = sin.to(first.scalar_type()).unsqueeze(1);
  const at::Tensor rotated_first = (first * c).sub_(second * s);
  second.mul_(c).add_(first * s);
  first.copy_(rotated_first);
}

}  // namespace

Linear make_linear(const at::Tensor& weight, const at::Tensor& bias, int64_t tokens) {
  const bool plain = kernels::serves(weight);
  return {.weight = plain ? weight.contiguous() : reorder_weight(weight.contiguous(), tokens),
          .bias = bias,
          .in = weight.size(1),
          .out = weight.size(0)};
}

void linear(const Linear& l, const at::Tensor& x, at::Tensor& out, Workspace& workspace) {
  out.reset();  // Else the last result would still be there while the next one is made.
  ++workspace.products;
  if (!kernels::serves(x)) {
    out = packed_product(x, l.weight, l.bias.defined() ? std::optional(l.bias) : std::nullopt);
  } else if (l.bias.defined()) {
    out = at::addmm(l.bias, x, l.weight.t());
  } else {
    out = at::mm(x, l.weight.t());
  }
}

void head(const Linear& l, const at::Tensor& x, at::Tensor& out, Workspace& workspace) {
  if (!kernels::serves(x)) return linear(l, x.to(at::kFloat), out, workspace);
  ++workspace.products;
  at::Tensor& buffer = workspace.logits;
  if (!buffer.defined() || buffer.size(0) < x.size(0) || buffer.size(1) != l.out) {
    buffer = at::Tensor();  // The old one goes first.
    buffer = at::empty({x.size(0), l.out}, x.options().dtype(at::kFloat));
  }
  out = buffer.narrow(0, 0, x.size(0));
  if (x.is_cuda() && x.scalar_type() != at::kFloat) {
    at::mm_out(out, x, l.weight.t(), at::kFloat);
  } else {
    at::mm_out(out, x.to(at::kFloat), l.weight.to(at::kFloat).t());
  }
  if (l.bias.defined()) out.add_(l.bias);
}

void soft_cap(at::Tensor& t, double c) {
  if (c > 0) t.div_(c).tanh_().mul_(c);
}

at::Tensor activate(const at::Tensor& x, Act act) {
  if (kernels::serves(x)) return kernels::gate(x, act, false);
  switch (act) {
    case Act::silu:
      return at::silu(x);
    case Act::gelu_tanh:
      return at::gelu(x, "tanh");
    case Act::gelu_erf:
      return at::gelu(x, "none");
  }
  return x;
}

at::Tensor activate_gate(const at::Tensor& gate_up, Act act) {
  if (kernels::serves(gate_up)) return kernels::gate(gate_up, act, true);
  const int64_t width = gate_up.size(-1) / 2;
  return activate(gate_up.narrow(-1, 0, width), act).mul_(gate_up.narrow(-1, width, width));
}

void rotate_halves(const at::Tensor& qk, const at::Tensor& cos, const at::Tensor& sin) {
  if (kernels::serves(qk)) return kernels::rotate(qk, cos, sin, /*pairs=*/false);
  const int64_t half = cos.size(-1);
  rotate(qk.narrow(-1, 0, half), qk.narrow(-1, half, half), cos, sin);
}

void rotate_pairs(const at::Tensor& qk, const at::Tensor& cos, const at::Tensor& sin) {
  if (kernels::serves(qk)) return kernels::rotate(qk, cos, sin, /*pairs=*/true);
  const at::Tensor pairs = qk.narrow(-1, 0, 2 * cos.size(-1)).unflatten(-1, {cos.size(-1), 2});
  rotate(pairs.select(-1, 0), pairs.select(-1, 1), cos, sin);
}

at::Tensor embed_own(const at::Tensor& embed, const at::Tensor& ids, int64_t first_id) {
  const at::Tensor local = ids - first_id;
  const at::Tensor elsewhere = local.lt(0).logical_or_(local.ge(embed.size(0)));
  at::Tensor rows = embed.index_select(0, local.masked_fill(elsewhere, 0));
  return rows.masked_fill_(elsewhere.unsqueeze(-1), 0);
}

}  // namespace verdict::ops
