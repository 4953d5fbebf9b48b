#include "checkpoint/activation.h"
#include "checkpoint/architectures/describe.h"
#include "checkpoint/config_ranges.h"
#include "checkpoint/rope_reader.h"

namespace verdict {

// https://huggingface.co/docs/transformers/model_doc/llama. Defaults are those of LlamaConfig.
DecoderSpec describe_llama(const ConfigReader& config) {
  DecoderSpec s;
  s.vocab = config.integer("vocab_size", kVocab);
  s.hidden = config.integer("hidden_size", kHidden);
  s.layers = config.integer("num_hidden_layers", kLayers);
  s.heads = config.integer("num_attention_heads", kHeads);
  s.kv_heads = config.integer_or("num_key_value_heads", s.heads, kHeads);
  if (!config.has("head_dim") && s.hidden % s.heads != 0) {
    config.fail("num_attention_heads", "must divide hidden_size unless head_dim is given");
  }
  s.head_dim = config.integer_or("head_dim", s.hidden / s.heads, kHeadDim);
  s.ffn = config.integer("intermediate_size", kFfn);
  s.max_pos = config.integer_or("max_position_embeddings", 2048, kPositions);
  s.norm = Norm::rms;
  s.norm_eps = config.number_or("rms_norm_eps", 1e-6, kNormEps);
  s.act = read_activation(config, "hidden_act", "silu");
  s.pos = Position::rotary_half;
  const RotaryConfig rotary = read_rotary(config, {.rope = {.theta = 10'000}});
  // The class computes fewer frequencies then and fails when it applies them.
  if (rotary.partial_factor != 1) config.fail("partial_rotary_factor", "must be 1 for Llama");
  s.rope = rotary.rope;
  s.rotary_dim = s.head_dim;
  s.qkv_bias = s.out_bias = config.boolean_or("attention_bias", false);
  s.mlp_bias = config.boolean_or("mlp_bias", false);
  s.tied_head = config.boolean_or("tie_word_embeddings", false);
  s.names = {.embed = "model.embed_tokens",
             .final_norm = "model.norm",
             .lm_head = "lm_head",
             .norm1 = "model.layers.{}.input_layernorm",
             .norm2 = "model.layers.{}.post_attention_layernorm",
             .q = "model.layers.{}.self_attn.q_proj",
             .k = "model.layers.{}.self_attn.k_proj",
             .v = "model.layers.{}.self_attn.v_proj",
             .attn_out = "model.layers.{}.self_attn.o_proj",
             .gate = "model.layers.{}.mlp.gate_proj",
             .up = "model.layers.{}.mlp.up_proj",
             .down = "model.layers.{}.mlp.down_proj"};
  return s;
}

}  // namespace verdict
