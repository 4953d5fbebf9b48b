#include "verdict/model/weights.h"

#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <optional>
#include <string>

#include "model/assembly.h"

namespace verdict {
namespace {

// The parameters of a model under the names of the engine; those it does not have are undefined.
class Names {
 public:
  explicit Names(const Assembly& assembly) : assembly_(assembly) {}

  [[nodiscard]] at::Tensor tensor(const std::string& name) const {
    return assembly_.has(name) ? assembly_.tensor(name) : at::Tensor();
  }
  [[nodiscard]] ops::NormWeights norm(const std::string& name) const {
    return {.weight = tensor(name), .bias = tensor(name + "_bias")};
  }
  // Its bias belongs to the product.
  [[nodiscard]] ops::Linear column_parallel(const std::string& name) const {
    ops::Linear linear = assembly_.linear(name);
    linear.bias = tensor(name + "_bias");
    return linear;
  }
  // Its bias is added once, after the sum over ranks.
  [[nodiscard]] ops::Linear row_parallel(const std::string& name) const {
    return assembly_.linear(name);
  }
  [[nodiscard]] ops::Linear head(const at::Tensor& embed, int64_t rows) const {
    const at::Tensor bias = tensor("lm_head_bias");
    for (const char* name : {"lm_head", "head"}) {
      if (!assembly_.has(name)) continue;
      ops::Linear linear = assembly_.linear(name);
      linear.bias = bias;
      return linear;
    }
    return ops::make_linear(embed, bias, rows);
  }

 private:
  const Assembly& assembly_;
};

LayerWeights layer_of(const Names& names, const DecoderSpec& spec, int64_t index) {
  const std::string at = "layers." + std::to_string(index) + ".";
  return {.norm1 = names.norm(at + "norm1"),
          .norm2 = names.norm(at + "norm2"),
          .post_attn_norm = names.norm(at + "post_attn_norm"),
          .post_mlp_norm = names.norm(at + "post_mlp_norm"),
          .q_norm = names.norm(at + "q_norm"),
          .k_norm = names.norm(at + "k_norm"),
          .qkv = names.column_parallel(at + "qkv"),
          .attn_out = names.row_parallel(at + "attn_out"),
          .gate_up = names.column_parallel(at + "gate_up"),
          .down = names.row_parallel(at + "down"),
          .attn_out_bias = names.tensor(at + "attn_out_bias"),
          .down_bias = names.tensor(at + "down_bias"),
          .window = window_of(spec.window, index)};
}

DecoderWeights weights_of(const Assembly& assembly, const DecoderSpec& spec, int64_t head_rows) {
  const Names names(assembly);
  DecoderWeights weights{.embed = names.tensor("embed"),
                         .positions = names.tensor("pos_embed"),
                         .embed_norm = names.norm("embed_norm"),
                         .final_norm = names.norm("final_norm")};
  weights.head = names.head(weights.embed, head_rows);
  for (int64_t i = 0; i < spec.layers; ++i) weights.layers.push_back(layer_of(names, spec, i));
  return weights;
}

// Copies to a GPU run beside what the main thread computes there, on a queue of this thread's own,
// and are done when this goes. Nothing on CPU.
class CopyQueue {
 public:
  explicit CopyQueue(at::Device device) {
    if (!device.is_cuda()) return;
    const c10::impl::VirtualGuardImpl gpu(device.type());
    stream_ = gpu.getStreamFromGlobalPool(device);
    guard_.emplace(*stream_);
  }
  ~CopyQueue() {
    try {
      finish();
    } catch (const std::exception&) {  // Of the GPU, which whoever ended the load has met, too.
    }
  }
  CopyQueue(const CopyQueue&) = delete;
  CopyQueue& operator=(const CopyQueue&) = delete;
  void finish() const {
    if (stream_) stream_->synchronize();
  }

 private:
  std::optional<c10::Stream> stream_{};
  std::optional<c10::StreamGuard> guard_{};
};

}  // namespace

LoadedWeights load_weights(const Checkpoint& checkpoint, const DecoderSpec& spec,
                           const ShardPlan& plan, const ReadPlan& reads, BlockRing& ring,
                           WeightArenas& arenas, const LoadOptions& options) {
  const CopyQueue queue(options.device);
  Assembly assembly(checkpoint, spec, plan, arenas, options);
  LoadedWeights loaded;
  loaded.counts = stream_blocks(checkpoint, reads, ring, options.stream,
                                {.copy =
                                     [&](size_t block, std::span<const std::byte> bytes) {
                                       assembly.take(block, bytes, reads.elements_of(block));
                                     },
                                 .settle = [&](size_t block) { assembly.settle(block); }});
  loaded.weights = weights_of(assembly, spec, options.head_rows);
  checkpoint.verify_unchanged();
  queue.finish();
  return loaded;
}

}  // namespace verdict
