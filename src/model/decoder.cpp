#include "verdict/model/decoder.h"

#include <cmath>
#include <utility>

#include "verdict/core/error.h"
#include "verdict/model/attention.h"

namespace verdict {

struct Decoder::Pass {
  int64_t batch = 0;   // B
  int64_t length = 0;  // L
  ops::Workspace& workspace;
};

Decoder::Decoder(DecoderSpec spec, const ShardPlan& plan, DecoderWeights weights,
                 const Communicator& tp, int64_t length)
    : spec_(std::move(spec)),
      vocab_(plan.vocab),
      heads_(plan.heads.q.size()),
      kv_heads_(plan.heads.kv.size()),
      weights_(std::move(weights)),
      tp_(tp),
      rotary_(rotary_table(spec_.rope, spec_.rotary_dim, length)) {
  check_implemented(spec_);
}

at::Tensor Decoder::forward(const at::Tensor& tokens, ops::Workspace& workspace) const {
  const Pass pass{.batch = tokens.size(0), .length = tokens.size(1), .workspace = workspace};
  at::Tensor x = embed(tokens.flatten());
  for (const LayerWeights& layer : weights_.layers) x = block(std::move(x), layer, pass);
  return ops::rms_norm(x, weights_.final_norm, spec_.norm_eps);
}

void Decoder::logits(const at::Tensor& x, at::Tensor& out, ops::Workspace& workspace) const {
  ops::linear(weights_.head, x.to(at::kFloat), out, workspace);
}

// ids [T] -> [T, D]. Every rank looks up its own ids; the sum puts them together.
at::Tensor Decoder::embed(const at::Tensor& ids) const {
  at::Tensor x = ops::embed_own(weights_.embed, ids, vocab_.begin);
  tp_.all_reduce(x, ReduceOp::sum, {});
  return x;
}

// One block. x [T, D] -> [T, D], the same on every rank of the group.
at::Tensor Decoder::block(at::Tensor x, const LayerWeights& l, const Pass& pass) const {
  x = x.add_(attention(ops::rms_norm(x, l.norm1, spec_.norm_eps), l, pass));
  return x.add_(mlp(ops::rms_norm(x, l.norm2, spec_.norm_eps), l, pass));
}

// x [T, D] -> [T, D].
at::Tensor Decoder::attention(const at::Tensor& x, const LayerWeights& l, const Pass& pass) const {
  at::Tensor qkv;
  ops::linear(l.qkv, x, qkv, pass.workspace);
  const at::Tensor heads =
      qkv.view({pass.batch, pass.length, heads_ + 2 * kv_heads_, spec_.head_dim});
  ops::rotate_halves(heads.narrow(2, 0, heads_ + kv_heads_), rotary_.cos, rotary_.sin);
  const double scale = spec_.query_scale != 0 ? spec_.query_scale
                                              : 1 / std::sqrt(static_cast<double>(spec_.head_dim));
  const at::Tensor mixed = ops::attention(
      heads.narrow(2, 0, heads_), heads.narrow(2, heads_, kv_heads_),
      heads.narrow(2, heads_ + kv_heads_, kv_heads_), {.scale = scale, .window = l.window});
  return row_parallel(l.attn_out, l.attn_out_bias, mixed.view({x.size(0), heads_ * spec_.head_dim}),
                      pass);
}

// x [T, D] -> [T, D].
at::Tensor Decoder::mlp(const at::Tensor& x, const LayerWeights& l, const Pass& pass) const {
  at::Tensor gate_up;
  ops::linear(l.gate_up, x, gate_up, pass.workspace);
  return row_parallel(l.down, l.down_bias, ops::silu_mul(gate_up), pass);
}

// x [T, in/tp] -> [T, out].
at::Tensor Decoder::row_parallel(const ops::Linear& l, const at::Tensor& bias, const at::Tensor& x,
                                 const Pass& pass) const {
  at::Tensor y;
  ops::linear(l, x, y, pass.workspace);  // This rank's partial sum.
  tp_.all_reduce(y, ReduceOp::sum, {});
  return bias.defined() ? y.add_(bias) : y;  // The bias once, after the sum.
}

std::string Decoder::first_non_finite_layer(const at::Tensor& tokens,
                                            ops::Workspace& workspace) const {
  const Pass pass{.batch = tokens.size(0), .length = tokens.size(1), .workspace = workspace};
  const auto finite = [](const at::Tensor& t) { return t.isfinite().all().item<bool>(); };
  at::Tensor x = embed(tokens.flatten());
  if (!finite(x)) return "the embedding";
  for (size_t i = 0; i < weights_.layers.size(); ++i) {
    x = block(std::move(x), weights_.layers[i], pass);
    if (!finite(x)) return "layer " + std::to_string(i);
  }
  return finite(ops::rms_norm(x, weights_.final_norm, spec_.norm_eps)) ? "" : "the last norm";
}

}  // namespace verdict
