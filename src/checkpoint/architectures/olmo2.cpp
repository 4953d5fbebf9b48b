#include "checkpoint/activation.h"
#include "checkpoint/architectures/describe.h"
#include "checkpoint/architectures/llama_family.h"

namespace verdict {

// https://huggingface.co/docs/transformers/model_doc/olmo2: Llama with norms after the branches
// instead of before, and one norm over all query heads and one over all key heads. Defaults are
// those of Olmo2Config.
DecoderSpec describe_olmo2(const ConfigReader& config) {
  DecoderSpec s = describe_llama_family(config, {.max_pos = 2048, .norm_eps = 1e-5});
  s.norm = Norm::rms_wide;
  s.act = read_activation(config, "hidden_act", "silu");
  s.qkv_bias = s.out_bias = config.boolean_or("attention_bias", false);
  s.qk_norm = QkNorm::whole;
  s.names.norm1 = s.names.norm2 = "";
  s.names.post_attn_norm = "model.layers.{}.post_attention_layernorm";
  s.names.post_mlp_norm = "model.layers.{}.post_feedforward_layernorm";
  s.names.q_norm = "model.layers.{}.self_attn.q_norm";
  s.names.k_norm = "model.layers.{}.self_attn.k_norm";
  return s;
}

}  // namespace verdict
