#include "verdict/model/decoder.h"

#include <cmath>
#include <utility>

#include "verdict/core/error.h"
#include "verdict/model/alibi.h"
#include "verdict/model/attention.h"

namespace verdict {

struct Decoder::Pass {
  int64_t batch = 0;   // B
  int64_t length = 0;  // L
  const Positions& positions;
  ops::Workspace& workspace;
  int64_t first = 0;         // Position of the first of the L tokens.
  KvCache* cache = nullptr;  // Of the positions before it; null: there are none.
  int64_t layer = 0;         // In work.
};

// The residual stream is x + branch. [T, D] both; the branch is undefined where nothing waits to be
// added. It waits for the norm that comes next, so that the sum is read and written once.
struct Decoder::Flow {
  at::Tensor x{};
  at::Tensor branch{};
};

Decoder::Decoder(DecoderSpec spec, const ShardPlan& plan, DecoderWeights weights,
                 const Communicator& tp, int64_t length)
    : spec_(std::move(spec)),
      vocab_(plan.vocab),
      heads_(plan.heads),
      weights_(std::move(weights)),
      tp_(tp) {
  const auto head_dim = static_cast<double>(spec_.head_dim);
  rule_.scale = spec_.query_scale != 0 ? spec_.query_scale : 1 / std::sqrt(head_dim);
  rule_.softcap = spec_.attn_softcap;
  positions_ = positions_of(length);
  if (spec_.embed_scale_rounded) {
    const at::Tensor rounded = at::full({}, spec_.embed_scale, weights_.embed.scalar_type());
    spec_.embed_scale = rounded.item<double>();
  }
}

// Of rows of `length` tokens. Cosine and sine are rounded to the activations' dtype, as
// transformers does.
Decoder::Positions Decoder::positions_of(int64_t length) const {
  switch (spec_.pos) {
    case Position::rotary_half:
    case Position::rotary_interleaved: {
      const RotaryTable table = rotary_table(spec_.rope, spec_.rotary_dim, length);
      const at::TensorOptions activations = weights_.embed.options();
      return {.rotary = {.cos = table.cos.to(activations), .sin = table.sin.to(activations)}};
    }
    case Position::alibi:
      return {.key_bias = alibi_bias(spec_.heads, heads_.q, spec_.head_dim, length).to(device())};
    case Position::learned:
      if (length > spec_.max_pos) {
        throw ModelError("the model has " + std::to_string(spec_.max_pos) +
                         " learned positions, a row has " + std::to_string(length) + " tokens");
      }
  }
  return {};
}

at::Tensor Decoder::forward(const at::Tensor& tokens, ops::Workspace& workspace) const {
  Pass pass{.batch = tokens.size(0),
            .length = tokens.size(1),
            .positions = positions_,
            .workspace = workspace};
  return run(tokens, pass);
}

at::Tensor Decoder::forward(const at::Tensor& tokens, KvCache& cache,
                            ops::Workspace& workspace) const {
  const Positions positions = positions_of(cache.length() + tokens.size(1));
  Pass pass{.batch = tokens.size(0),
            .length = tokens.size(1),
            .positions = positions,
            .workspace = workspace,
            .first = cache.length(),
            .cache = &cache};
  at::Tensor x = run(tokens, pass);
  cache.advance(pass.length);
  return x;
}

bool Decoder::outgrows(const KvCache& cache, int64_t next) const {
  const auto length = static_cast<double>(cache.length());
  const bool was_short = length > 0 && length <= spec_.rope.original;
  return spec_.rope.kind == Rope::Kind::longrope && was_short &&
         length + static_cast<double>(next) > spec_.rope.original;
}

KvCache Decoder::make_cache(int64_t batch, int64_t positions) const {
  return KvCache({.layers = spec_.layers,
                  .batch = batch,
                  .positions = positions,
                  .kv_heads = heads_.kv.size(),
                  .head_dim = spec_.head_dim,
                  .dtype = weights_.embed.scalar_type(),
                  .device = device()});
}

at::Tensor Decoder::run(const at::Tensor& tokens, Pass& pass) const {
  Flow flow{.x = embed(tokens, pass)};
  for (const LayerWeights& layer : weights_.layers) {
    block(flow, layer, pass);
    ++pass.layer;
  }
  return read(flow, weights_.final_norm);
}

void Decoder::logits(const at::Tensor& x, at::Tensor& out, ops::Workspace& workspace) const {
  ops::head(weights_.head, x, out, workspace);
}

// x itself where the model has no such norm.
at::Tensor Decoder::norm(const at::Tensor& x, const ops::NormWeights& weights) const {
  return weights.defined() ? ops::norm(x, weights, spec_.norm, spec_.norm_eps) : x;
}

// Adds the branch that waits -> the norm of the sum; the sum itself where there is no such norm.
at::Tensor Decoder::read(Flow& flow, const ops::NormWeights& weights) const {
  return ops::add_norm(flow.x, std::exchange(flow.branch, {}), weights, spec_.norm, spec_.norm_eps);
}

// tokens [B, L] -> [T, D]. Every rank looks up its own ids; the sum puts them together.
at::Tensor Decoder::embed(const at::Tensor& tokens, const Pass& pass) const {
  at::Tensor x = ops::embed_own(weights_.embed, tokens.flatten(), vocab_.begin);
  tp_.all_reduce(x, ReduceOp::sum, {});
  if (spec_.embed_scale != 1) x.mul_(spec_.embed_scale);
  if (weights_.positions.defined()) {
    x.view({pass.batch, pass.length, spec_.hidden})
        .add_(weights_.positions.narrow(0, spec_.pos_offset + pass.first, pass.length));
  }
  return norm(x, weights_.embed_norm);
}

// One block. The flow is the same on every rank of the group.
void Decoder::block(Flow& flow, const LayerWeights& l, const Pass& pass) const {
  if (spec_.residual == Residual::post_norm) {
    flow.branch = attention(flow.x, l, pass);
    flow.x = read(flow, l.norm1);
    flow.branch = mlp(flow.x, l, pass);
    flow.x = read(flow, l.norm2);
    return;
  }
  if (spec_.residual == Residual::parallel) {
    // Both branches read the block's input, some through one norm.
    const at::Tensor first = read(flow, l.norm1);
    const at::Tensor mixed = norm(attention(first, l, pass), l.post_attn_norm);
    const at::Tensor second = l.norm2.defined() ? norm(flow.x, l.norm2) : first;
    flow.x.add_(mixed);
    flow.branch = mlp(second, l, pass);
    return;
  }
  // Without names, so that what the attention made is gone before the MLP begins.
  flow.branch = norm(attention(read(flow, l.norm1), l, pass), l.post_attn_norm);
  flow.branch = norm(mlp(read(flow, l.norm2), l, pass), l.post_mlp_norm);
}

// x [T, D] -> [T, D].
at::Tensor Decoder::attention(const at::Tensor& x, const LayerWeights& l, const Pass& pass) const {
  at::Tensor qkv;
  ops::linear(l.qkv, x, qkv, pass.workspace);
  const int64_t q_heads = heads_.q.size();
  const int64_t kv_heads = heads_.kv.size();
  const at::Tensor heads =
      qkv.view({pass.batch, pass.length, q_heads + 2 * kv_heads, spec_.head_dim});
  const at::Tensor q = heads.narrow(2, 0, q_heads);
  const at::Tensor k = heads.narrow(2, q_heads, kv_heads);
  const at::Tensor v = heads.narrow(2, q_heads + kv_heads, kv_heads);
  normalize(q, k, l);
  rotate(heads.narrow(2, 0, q_heads + kv_heads), pass);
  ops::AttentionRule rule = rule_;
  rule.window = l.window;
  rule.key_bias = pass.positions.key_bias;
  const at::Tensor mixed = attend(q, k, v, rule, pass);
  return row_parallel(l.attn_out, l.attn_out_bias,
                      mixed.view({x.size(0), q_heads * spec_.head_dim}), pass);
}

// The norms of queries and keys, in place. q [B, L, H/tp, E], k [B, L, K/tp, E].
void Decoder::normalize(const at::Tensor& q, const at::Tensor& k, const LayerWeights& l) const {
  if (spec_.qk_norm == QkNorm::per_head) {
    ops::norm_in_place(q, l.q_norm, spec_.norm, spec_.norm_eps);
    ops::norm_in_place(k, l.k_norm, spec_.norm, spec_.norm_eps);
  }
  if (spec_.qk_norm != QkNorm::whole) return;
  // Over all heads of all ranks; a kv head that several ranks hold is counted by one of them.
  const at::Tensor of_q = ops::sum_of_squares(q);
  const at::Tensor of_k = ops::sum_of_squares(k);
  at::Tensor squares = at::stack({of_q, heads_.counts_kv ? of_k : at::zeros_like(of_k)});
  tp_.all_reduce(squares, ReduceOp::sum, {});
  squares[0].div_(spec_.heads * spec_.head_dim);
  squares[1].div_(spec_.kv_heads * spec_.head_dim);
  const double eps = spec_.norm_eps;
  q.copy_(ops::norm_of_heads(q, squares[0], l.q_norm.weight, spec_.norm, eps));
  k.copy_(ops::norm_of_heads(k, squares[1], l.k_norm.weight, spec_.norm, eps));
}

// In place. qk [B, L, (H + K)/tp, E].
void Decoder::rotate(const at::Tensor& qk, const Pass& pass) const {
  if (!pass.positions.rotary.cos.defined()) return;
  const at::Tensor cos = pass.positions.rotary.cos.narrow(0, pass.first, pass.length);
  const at::Tensor sin = pass.positions.rotary.sin.narrow(0, pass.first, pass.length);
  if (spec_.pos == Position::rotary_half) ops::rotate_halves(qk, cos, sin);
  if (spec_.pos == Position::rotary_interleaved) ops::rotate_pairs(qk, cos, sin);
}

// Over the positions of the cache and these. q [B, L, H/tp, E], k and v [B, L, K/tp, E] -> q's
// shape.
at::Tensor Decoder::attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                           const ops::AttentionRule& rule, const Pass& pass) {
  if (pass.cache == nullptr) return ops::attention(q, k, v, rule);
  pass.cache->append(pass.layer, k, v);
  return ops::attention(q, pass.cache->keys(pass.layer, pass.length),
                        pass.cache->values(pass.layer, pass.length), rule);
}

// x [T, D] -> [T, D].
at::Tensor Decoder::mlp(const at::Tensor& x, const LayerWeights& l, const Pass& pass) const {
  at::Tensor up;
  ops::linear(l.gate_up, x, up, pass.workspace);
  const at::Tensor inner =
      is_gated(spec_) ? ops::activate_gate(up, spec_.act) : ops::activate(up, spec_.act);
  return row_parallel(l.down, l.down_bias, inner, pass);
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
  Pass pass{.batch = tokens.size(0),
            .length = tokens.size(1),
            .positions = positions_,
            .workspace = workspace};
  const auto finite = [](const at::Tensor& t) { return t.isfinite().all().item<bool>(); };
  Flow flow{.x = embed(tokens, pass)};
  if (!finite(flow.x)) return "the embedding";
  for (size_t i = 0; i < weights_.layers.size(); ++i) {
    block(flow, weights_.layers[i], pass);
    if (!finite(read(flow, {}))) return "layer " + std::to_string(i);
  }
  return finite(read(flow, weights_.final_norm)) ? "" : "the last norm";
}

}  // namespace verdict
