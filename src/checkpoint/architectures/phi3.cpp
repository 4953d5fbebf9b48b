#include "checkpoint/activation.h"
#include "checkpoint/architectures/describe.h"
#include "checkpoint/architectures/llama_family.h"
#include "checkpoint/config_ranges.h"

namespace verdict {

// https://huggingface.co/docs/transformers/model_doc/phi3: Llama with fused q-k-v and gate-up, of
// whose heads a part may be rotated. Defaults are those of Phi3Config.
DecoderSpec describe_phi3(const ConfigReader& config) {
  DecoderSpec s =
      describe_llama_family(config, {.max_pos = 4096,
                                     .norm_eps = 1e-5,
                                     .partial_rotation = true,
                                     .longrope_original = config.integer_or(
                                         "original_max_position_embeddings", 4096, kPositions)});
  s.act = read_activation(config, "hidden_act", "silu");
  s.window = {.width = read_window_width(config, 0)};
  s.fused = Fused::q_k_v;
  s.names.q = s.names.k = s.names.v = s.names.gate = s.names.up = "";
  s.names.qkv = "model.layers.{}.self_attn.qkv_proj";
  s.names.gate_up = "model.layers.{}.mlp.gate_up_proj";
  // The class knows no other kind.
  if (s.rope.kind != Rope::Kind::plain && s.rope.kind != Rope::Kind::longrope) {
    config.fail("rope_type", "of Phi-3 must be 'default' or 'longrope'");
  }
  if (config.boolean_or("attention_bias", false)) {
    config.fail("attention_bias", "must be false: Phi3ForCausalLM has no biases");
  }
  return s;
}

}  // namespace verdict
