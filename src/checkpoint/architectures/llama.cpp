#include "checkpoint/activation.h"
#include "checkpoint/architectures/describe.h"
#include "checkpoint/architectures/llama_family.h"

namespace verdict {

// https://huggingface.co/docs/transformers/model_doc/llama. Defaults are those of LlamaConfig.
DecoderSpec describe_llama(const ConfigReader& config) {
  DecoderSpec s = describe_llama_family(config, {.max_pos = 2048});
  s.act = read_activation(config, "hidden_act", "silu");
  s.qkv_bias = s.out_bias = config.boolean_or("attention_bias", false);
  s.mlp_bias = config.boolean_or("mlp_bias", false);
  return s;
}

}  // namespace verdict
