#include "checkpoint/activation.h"
#include "checkpoint/architectures/common.h"
#include "checkpoint/architectures/describe.h"
#include "checkpoint/config_ranges.h"
#include "checkpoint/rope_reader.h"

namespace verdict {

// https://huggingface.co/docs/transformers/model_doc/phi: one layer norm for both branches, biases
// everywhere. Defaults are those of PhiConfig.
DecoderSpec describe_phi(const ConfigReader& config) {
  DecoderSpec s;
  read_sizes(config, {}, s);
  s.kv_heads = config.integer_or("num_key_value_heads", s.heads, kHeads);
  s.ffn = config.integer("intermediate_size", kFfn);
  s.max_pos = config.integer_or("max_position_embeddings", 2048, kPositions);
  read_layer_norm(config, "layer_norm_eps", s);
  s.act = read_activation(config, "hidden_act", "gelu_new");
  use_rotary(read_rotary(config, {.rope = {.theta = 10'000}, .partial_factor = 0.5}), s);
  s.residual = Residual::parallel;
  s.qkv_bias = s.out_bias = s.mlp_bias = s.head_bias = true;
  s.tied_head = config.boolean_or("tie_word_embeddings", false);
  s.names = {.embed = "model.embed_tokens",
             .final_norm = "model.final_layernorm",
             .lm_head = "lm_head",
             .norm1 = "model.layers.{}.input_layernorm",
             .q = "model.layers.{}.self_attn.q_proj",
             .k = "model.layers.{}.self_attn.k_proj",
             .v = "model.layers.{}.self_attn.v_proj",
             .attn_out = "model.layers.{}.self_attn.dense",
             .up = "model.layers.{}.mlp.fc1",
             .down = "model.layers.{}.mlp.fc2"};
  if (config.boolean_or("qk_layernorm", false)) {
    s.qk_norm = QkNorm::per_head;
    s.names.q_norm = "model.layers.{}.self_attn.q_layernorm";
    s.names.k_norm = "model.layers.{}.self_attn.k_layernorm";
  }
  return s;
}

}  // namespace verdict
