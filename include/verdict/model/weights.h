// The weights of one decoder on one rank: what the shard plan names, as tensors ready for the
// products.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "verdict/checkpoint/checkpoint.h"
#include "verdict/checkpoint/decoder_spec.h"
#include "verdict/checkpoint/read_plan.h"
#include "verdict/checkpoint/shard_plan.h"
#include "verdict/comm/block_ring.h"
#include "verdict/model/block_stream.h"
#include "verdict/model/norm.h"
#include "verdict/model/ops.h"
#include "verdict/model/weight_arena.h"

namespace verdict {

// What the model does not have stays undefined.
struct LayerWeights {
  ops::NormWeights norm1{}, norm2{}, post_attn_norm{}, post_mlp_norm{};  // [D]
  ops::NormWeights q_norm{}, k_norm{};  // [E], or [H/tp · E] and [K/tp · E]
  ops::Linear qkv{};                    // [(H + 2K)/tp · E, D], rows [q; k; v]
  ops::Linear attn_out{};               // [D, H/tp · E], without its bias
  ops::Linear gate_up{};                // [2F/tp, D], rows [gate; up]; [F/tp, D] without a gate
  ops::Linear down{};                   // [D, F/tp], without its bias
  // [D]; added once, after the sum over ranks.
  at::Tensor attn_out_bias{}, down_bias{};
  int64_t window = 0;  // Of this layer's attention, in tokens; 0: none.
};

struct DecoderWeights {
  at::Tensor embed{};                           // [V/tp, D]
  at::Tensor positions{};                       // [positions, D], learned
  ops::NormWeights embed_norm{}, final_norm{};  // [D]
  // [V/tp, D], float32 on CPU, on CUDA of the body's dtype and, if tied, the embedding itself:
  // logits are float32 either way.
  ops::Linear head{};
  std::vector<LayerWeights> layers{};
};

struct LoadOptions {
  at::ScalarType dtype = at::kFloat;  // Of the body.
  at::Device device = at::kCPU;       // Where the weights shall be.
  int64_t tokens = 1;                 // Rows of the products to come: micro-batch × row length.
  int64_t head_rows = 1;              // Rows of a chunk of the head.
  StreamOptions stream{};
};

struct LoadedWeights {
  DecoderWeights weights{};
  StreamCounts counts{};
};

// Takes this rank's slices out of the blocks that go through `ring`, after BlockRing::begin with
// the fingerprint of `reads`. Throws as stream_blocks, and ModelError if the files changed
// meanwhile.
[[nodiscard]] LoadedWeights load_weights(const Checkpoint& checkpoint, const DecoderSpec& spec,
                                         const ShardPlan& plan, const ReadPlan& reads,
                                         BlockRing& ring, WeightArenas& arenas,
                                         const LoadOptions& options);

}  // namespace verdict
