#include "verdict/model/weights.h"

#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "model/kernels/serves.h"
#include "model/staging.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

at::ScalarType scalar_type(DType dtype, const std::string& param) {
  switch (dtype) {
    case DType::f32:
      return at::kFloat;
    case DType::f16:
      return at::kHalf;
    case DType::bf16:
      return at::kBFloat16;
    default:
      throw ModelError("'" + param + "' is neither F32, F16 nor BF16");
  }
}

// Piece by piece: the temporaries of the whole would need more memory than the values.
bool all_finite(const at::Tensor& values) {
  constexpr int64_t kPiece = int64_t{1} << 18;
  const at::Tensor flat = values.flatten();
  for (int64_t begin = 0; begin < flat.numel(); begin += kPiece) {
    const int64_t size = std::min(kPiece, flat.numel() - begin);
    if (!flat.narrow(0, begin, size).isfinite().all().item<bool>()) return false;
  }
  return true;
}

// Names the checkpoint tensor and the element behind a non-finite value of a parameter.
[[noreturn]] void refuse_non_finite(const at::Tensor& values, const ParamPlan& param) {
  const int64_t flat = values.isfinite().logical_not_().flatten().nonzero()[0][0].item<int64_t>();
  const int64_t row_size = values.numel() / values.size(0);
  int64_t row = flat / row_size;
  int64_t column = flat % row_size;
  for (const Slice& part : param.parts) {
    const bool by_rows = (part.dim == 0) != param.transposed;
    const int64_t rows = by_rows ? part.range.size() : values.size(0);
    if (row >= rows) {
      row -= rows;
      continue;
    }
    (by_rows ? row : column) += part.range.begin;
    if (param.transposed) std::swap(row, column);
    const std::string place = values.dim() == 1
                                  ? std::to_string(row)
                                  : std::to_string(row) + ", " + std::to_string(column);
    throw ModelError("weight '" + part.tensor + "' [" + place + "] is not finite");
  }
  throw SystemError("a non-finite weight lies outside the plan of '" + param.name + "'");
}

// Loads parameters by their engine name.
class Loader {
 public:
  Loader(const Checkpoint& checkpoint, const ShardPlan& plan, const LoadOptions& options)
      : checkpoint_(checkpoint),
        options_(options),
        plain_(kernels::serves(at::empty({0}, at::TensorOptions(options.device)))) {
    for (const ParamPlan& param : plan.params) plans_.emplace(param.name, &param);
  }

  [[nodiscard]] bool has(const std::string& name) const { return plans_.contains(name); }

  [[nodiscard]] at::Tensor tensor(const std::string& name) {
    return placed(read(name, options_.dtype));
  }
  [[nodiscard]] at::Tensor optional(const std::string& name) {
    return has(name) ? tensor(name) : at::Tensor();
  }
  [[nodiscard]] ops::NormWeights norm(const std::string& name) {
    return {.weight = optional(name), .bias = optional(name + "_bias")};
  }
  // Where products of bfloat16 give float32, the head needs no copy in float32.
  [[nodiscard]] ops::Linear head(const at::Tensor& embed, bool tied) {
    const at::Tensor bias =
        has("lm_head_bias") ? placed(read("lm_head_bias", at::kFloat)) : at::Tensor();
    if (plain_ && tied) return ops::make_linear(embed, bias, options_.head_rows);
    return ops::make_linear(
        operand(tied ? "embed" : "lm_head", plain_ ? options_.dtype : at::kFloat), bias,
        options_.head_rows);
  }

  // `with_bias`: the bias belongs to the product; row-parallel ones add it after the sum over
  // ranks.
  [[nodiscard]] ops::Linear linear(const std::string& name, bool with_bias) {
    const at::Tensor bias = with_bias ? optional(name + "_bias") : at::Tensor();
    return ops::make_linear(operand(name, options_.dtype), bias, options_.tokens);
  }

  // The next parameters are much smaller than those before.
  void release_staging() {
    stored_.release();
    converted_.release();
  }

 private:
  // A copy of its own, on the device of the weights.
  [[nodiscard]] at::Tensor placed(const at::Tensor& values) const {
    return values.to(options_.device, values.scalar_type(), /*non_blocking=*/false, /*copy=*/true);
  }
  // Of a product: what oneDNN reorders is copied by that.
  [[nodiscard]] at::Tensor operand(const std::string& name, at::ScalarType dtype) {
    return plain_ ? placed(read(name, dtype)) : read(name, dtype);
  }
  // The parameter until the next one is read.
  [[nodiscard]] at::Tensor read(const std::string& name, at::ScalarType dtype) {
    if (options_.cancelled != nullptr && *options_.cancelled) throw LoadCancelled();
    const ParamPlan& param = *plans_.at(name);
    const at::Tensor values =
        stored_.tensor(param.shape, scalar_type(param_dtype(checkpoint_, param), name));
    read_param(checkpoint_, param, {static_cast<std::byte*>(values.data_ptr()), values.nbytes()});
    if (!all_finite(values)) refuse_non_finite(values, param);
    if (values.scalar_type() == dtype) return values;
    return converted_.tensor(param.shape, dtype).copy_(values);
  }

  const Checkpoint& checkpoint_;
  const LoadOptions& options_;
  bool plain_ = false;  // Products take the weights as they are.
  std::map<std::string, const ParamPlan*> plans_{};
  Staging stored_{};
  Staging converted_{};
};

LayerWeights load_layer(Loader& loader, const DecoderSpec& spec, int64_t index) {
  const std::string at = "layers." + std::to_string(index) + ".";
  return {.norm1 = loader.norm(at + "norm1"),
          .norm2 = loader.norm(at + "norm2"),
          .post_attn_norm = loader.norm(at + "post_attn_norm"),
          .post_mlp_norm = loader.norm(at + "post_mlp_norm"),
          .q_norm = loader.norm(at + "q_norm"),
          .k_norm = loader.norm(at + "k_norm"),
          .qkv = loader.linear(at + "qkv", true),
          .attn_out = loader.linear(at + "attn_out", false),
          .gate_up = loader.linear(at + "gate_up", true),
          .down = loader.linear(at + "down", false),
          .attn_out_bias = loader.optional(at + "attn_out_bias"),
          .down_bias = loader.optional(at + "down_bias"),
          .window = window_of(spec.window, index)};
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
  void finish() const {
    if (stream_) stream_->synchronize();
  }

 private:
  std::optional<c10::Stream> stream_{};
  std::optional<c10::StreamGuard> guard_{};
};

}  // namespace

DecoderWeights load_weights(const Checkpoint& checkpoint, const DecoderSpec& spec,
                            const ShardPlan& plan, const LoadOptions& options) {
  const CopyQueue queue(options.device);
  Loader loader(checkpoint, plan, options);
  DecoderWeights weights;
  weights.embed = loader.tensor("embed");
  weights.head = loader.head(weights.embed, spec.tied_head);
  loader.release_staging();
  weights.positions = loader.optional("pos_embed");
  weights.embed_norm = loader.norm("embed_norm");
  weights.final_norm = loader.norm("final_norm");
  for (int64_t i = 0; i < spec.layers; ++i) weights.layers.push_back(load_layer(loader, spec, i));
  checkpoint.verify_unchanged();
  queue.finish();
  return weights;
}

}  // namespace verdict
