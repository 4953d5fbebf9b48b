#include "checkpoint/activation.h"
#include "checkpoint/architectures/describe.h"
#include "checkpoint/architectures/llama_family.h"

namespace verdict {

// https://huggingface.co/docs/transformers/model_doc/mistral: Llama without biases, with a window
// on every layer. Defaults are those of MistralConfig.
DecoderSpec describe_mistral(const ConfigReader& config) {
  DecoderSpec s = describe_llama_family(config, {.max_pos = 131'072, .kv_heads = 8});
  s.act = read_activation(config, "hidden_act", "silu");
  s.window = {.width = read_window_width(config, 4096)};
  return s;
}

}  // namespace verdict
