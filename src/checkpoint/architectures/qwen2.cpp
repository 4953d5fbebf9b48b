#include "checkpoint/activation.h"
#include "checkpoint/architectures/describe.h"
#include "checkpoint/architectures/llama_family.h"

namespace verdict {

// https://huggingface.co/docs/transformers/model_doc/qwen2: Llama with a bias on q, k and v only.
// Defaults are those of Qwen2Config.
DecoderSpec describe_qwen2(const ConfigReader& config) {
  DecoderSpec s = describe_llama_family(config, {.max_pos = 32'768, .kv_heads = 32});
  s.act = read_activation(config, "hidden_act", "silu");
  s.qkv_bias = true;
  s.window = read_flagged_window(config);
  return s;
}

}  // namespace verdict
