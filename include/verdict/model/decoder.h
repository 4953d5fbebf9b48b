// The one decoder. It switches on the values of DecoderSpec and never on a model's name.
#pragma once

#include <ATen/ATen.h>

#include "verdict/checkpoint/decoder_spec.h"
#include "verdict/checkpoint/shard_plan.h"
#include "verdict/comm/communicator.h"
#include "verdict/model/attention.h"
#include "verdict/model/kv_cache.h"
#include "verdict/model/norm.h"
#include "verdict/model/ops.h"
#include "verdict/model/rope.h"
#include "verdict/model/weights.h"

namespace verdict {

class Decoder {
 public:
  // `length`: tokens per row. `tp` must outlive the decoder. Throws
  // ModelError if positions are learned and fewer than `length`.
  Decoder(DecoderSpec spec, const ShardPlan& plan, DecoderWeights weights, const Communicator& tp,
          int64_t length);

  // tokens [B, L] int64, on the device of the weights -> [T, D], T = B·L, after the last norm; the
  // same on every rank of the group.
  [[nodiscard]] at::Tensor forward(const at::Tensor& tokens, ops::Workspace& workspace) const;

  // The next N positions of rows whose earlier ones stand in `cache`, which holds these afterwards,
  // too. tokens [B, N] int64 -> [B·N, D] as above. Rotary angles that depend on the length of the
  // row (the dynamic kind) are those of the positions so far; keys that are in the cache stay as
  // they are, as in transformers, but see outgrows. Throws ModelError if positions are learned and
  // too few.
  [[nodiscard]] at::Tensor forward(const at::Tensor& tokens, KvCache& cache,
                                   ops::Workspace& workspace) const;

  // With `next` more positions the keys in `cache` are turned by angles that hold no longer, and
  // the rows must be computed from their beginning (longrope, where it goes over to its long
  // factors; Phi3ForCausalLM drops its cache there).
  [[nodiscard]] bool outgrows(const KvCache& cache, int64_t next) const;

  // An empty cache for `batch` rows of up to `positions` positions.
  [[nodiscard]] KvCache make_cache(int64_t batch, int64_t positions) const;

  // This rank's logits in float32, before the soft-cap. x [T, D] -> [T, V/tp].
  void logits(const at::Tensor& x, at::Tensor& out, ops::Workspace& workspace) const;

  // Runs the forward pass again and names the first layer whose output is not finite; empty if all
  // are finite.
  [[nodiscard]] std::string first_non_finite_layer(const at::Tensor& tokens,
                                                   ops::Workspace& workspace) const;

  [[nodiscard]] Range vocab() const { return vocab_; }  // This rank's ids.
  [[nodiscard]] const Communicator& group() const { return tp_; }
  [[nodiscard]] const DecoderSpec& spec() const { return spec_; }
  [[nodiscard]] at::Device device() const { return weights_.embed.device(); }

 private:
  // What depends on a token's place in its row.
  struct Positions {
    RotaryTable rotary{};   // Empty where positions are not rotated.
    at::Tensor key_bias{};  // Undefined without ALiBi.
  };
  struct Pass;  // What one forward pass carries along.
  struct Flow;  // What runs through the blocks.
  [[nodiscard]] Positions positions_of(int64_t length) const;
  [[nodiscard]] at::Tensor run(const at::Tensor& tokens, Pass& pass) const;
  [[nodiscard]] at::Tensor norm(const at::Tensor& x, const ops::NormWeights& weights) const;
  [[nodiscard]] at::Tensor embed(const at::Tensor& tokens, const Pass& pass) const;
  [[nodiscard]] at::Tensor read(Flow& flow, const ops::NormWeights& weights) const;
  void block(Flow& flow, const LayerWeights& l, const Pass& pass) const;
  [[nodiscard]] at::Tensor attention(const at::Tensor& x, const LayerWeights& l,
                                     const Pass& pass) const;
  [[nodiscard]] static at::Tensor attend(const at::Tensor& q, const at::Tensor& k,
                                         const at::Tensor& v, const ops::AttentionRule& rule,
                                         const Pass& pass);
  void normalize(const at::Tensor& q, const at::Tensor& k, const LayerWeights& l) const;
  void rotate(const at::Tensor& qk, const Pass& pass) const;
  [[nodiscard]] at::Tensor mlp(const at::Tensor& x, const LayerWeights& l, const Pass& pass) const;
  [[nodiscard]] at::Tensor row_parallel(const ops::Linear& l, const at::Tensor& bias,
                                        const at::Tensor& x, const Pass& pass) const;

  DecoderSpec spec_;
  Range vocab_;
  HeadShard heads_;  // Of this rank.
  DecoderWeights weights_;
  const Communicator& tp_;
  Positions positions_{};      // Of a whole row.
  ops::AttentionRule rule_{};  // Of all layers; each has its window.
};

}  // namespace verdict
