// The weights of one decoder on one rank: what the shard plan names, as tensors ready for the
// products.
#pragma once

#include <ATen/ATen.h>

#include <atomic>
#include <stdexcept>
#include <vector>

#include "verdict/checkpoint/checkpoint.h"
#include "verdict/checkpoint/decoder_spec.h"
#include "verdict/checkpoint/shard_plan.h"
#include "verdict/model/norm.h"
#include "verdict/model/ops.h"

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
  const std::atomic<bool>* cancelled = nullptr;  // Another thread may end the load with it.
};

class LoadCancelled : public std::runtime_error {
 public:
  LoadCancelled() : std::runtime_error("the load was cancelled") {}
};

// Reads this rank's slices and nothing else. Throws ModelError if a weight is NaN or infinite
// (naming the tensor and the place in it) or the files changed meanwhile, SystemError(io) if they
// cannot be read, LoadCancelled between two parameters once `cancelled` is set.
[[nodiscard]] DecoderWeights load_weights(const Checkpoint& checkpoint, const DecoderSpec& spec,
                                          const ShardPlan& plan, const LoadOptions& options);

}  // namespace verdict
