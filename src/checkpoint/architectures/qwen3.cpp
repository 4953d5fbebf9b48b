#include "checkpoint/activation.h"
#include "checkpoint/architectures/describe.h"
#include "checkpoint/architectures/llama_family.h"

namespace verdict {

// https://huggingface.co/docs/transformers/model_doc/qwen3: Llama with a norm on each query and key
// head. Defaults are those of Qwen3Config.
DecoderSpec describe_qwen3(const ConfigReader& config) {
  DecoderSpec s =
      describe_llama_family(config, {.max_pos = 32'768, .kv_heads = 32, .head_dim = 128});
  s.act = read_activation(config, "hidden_act", "silu");
  s.qkv_bias = s.out_bias = config.boolean_or("attention_bias", false);
  s.window = read_flagged_window(config);
  s.qk_norm = QkNorm::per_head;
  s.names.q_norm = "model.layers.{}.self_attn.q_norm";
  s.names.k_norm = "model.layers.{}.self_attn.k_norm";
  return s;
}

}  // namespace verdict
