#include <cmath>
#include <string>

#include "checkpoint/activation.h"
#include "checkpoint/architectures/describe.h"
#include "checkpoint/architectures/llama_family.h"
#include "checkpoint/config_ranges.h"

namespace verdict {
namespace {

constexpr Bounds kSoftcap{1e-3, 1e6};
constexpr Bounds kQueryScalar{1e-3, 1e6};

// The tanh form unless hidden_activation says otherwise. Files from before that key say "gelu" in
// hidden_act and mean the tanh form: transformers 4.44.1, which the competitions ran, ignores it.
Act read_gemma_activation(const ConfigReader& config) {
  (void)read_activation(config, "hidden_act", "gelu_pytorch_tanh");
  return read_activation(config, "hidden_activation", "gelu_pytorch_tanh");
}

// Null means off, absence the class default.
double read_softcap(const ConfigReader& config, std::string_view key, double otherwise) {
  return config.is_null(key) ? 0 : config.number_or(key, otherwise, kSoftcap);
}

// The files on the hub have sliding_window_size beside it, which the class never reads. One that
// says something else would leave open which of the two the model was trained with.
int64_t read_gemma2_window(const ConfigReader& config) {
  const int64_t width = read_window_width(config, 4096);
  const int64_t same = config.integer_or("sliding_window_size", width, kPositions);
  if (same != width) {
    config.fail("sliding_window_size",
                "= " + std::to_string(same) + " contradicts sliding_window" +
                    (width == 0 ? ", which is null" : " = " + std::to_string(width)));
  }
  return width;
}

DecoderSpec describe_either(const ConfigReader& config, int64_t kv_heads) {
  DecoderSpec s = describe_llama_family(
      config, {.max_pos = 8192, .kv_heads = kv_heads, .head_dim = 256, .tied_head = true});
  s.norm = Norm::rms_plus_one;
  s.act = read_gemma_activation(config);
  s.qkv_bias = s.out_bias = config.boolean_or("attention_bias", false);
  s.embed_scale = std::sqrt(static_cast<double>(s.hidden));
  s.embed_scale_rounded = true;
  return s;
}

}  // namespace

// https://huggingface.co/docs/transformers/model_doc/gemma. Defaults are those of GemmaConfig.
DecoderSpec describe_gemma(const ConfigReader& config) { return describe_either(config, 16); }

// https://huggingface.co/docs/transformers/model_doc/gemma2: Gemma with norms after the branches,
// soft-caps, and a window on every second layer. Defaults are those of Gemma2Config.
DecoderSpec describe_gemma2(const ConfigReader& config) {
  DecoderSpec s = describe_either(config, 4);
  s.attn_softcap = read_softcap(config, "attn_logit_softcapping", 50);
  s.logit_softcap = read_softcap(config, "final_logit_softcapping", 30);
  s.query_scale = 1 / std::sqrt(config.number_or("query_pre_attn_scalar", 256, kQueryScalar));
  s.window = {.width = read_gemma2_window(config), .every = 2};
  s.names.norm2 = "model.layers.{}.pre_feedforward_layernorm";
  s.names.post_attn_norm = "model.layers.{}.post_attention_layernorm";
  s.names.post_mlp_norm = "model.layers.{}.post_feedforward_layernorm";
  return s;
}

}  // namespace verdict
