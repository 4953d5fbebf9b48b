#include <cmath>

#include "checkpoint/activation.h"
#include "checkpoint/architectures/common.h"
#include "checkpoint/architectures/describe.h"
#include "checkpoint/config_ranges.h"

namespace verdict {

// https://huggingface.co/docs/transformers/model_doc/bart: its decoder alone, as BartForCausalLM
// runs it. Defaults are those of BartConfig. The file holds the attention to an encoder, too.
DecoderSpec describe_bart(const ConfigReader& config) {
  DecoderSpec s;
  read_sizes(config,
             {.hidden = "d_model", .layers = "decoder_layers", .heads = "decoder_attention_heads"},
             s);
  // Of the encoder, like all keys that begin with "encoder_".
  (void)config.integer_or("num_hidden_layers", s.layers, kLayers);
  s.ffn = config.integer("decoder_ffn_dim", kFfn);
  s.max_pos = config.integer_or("max_position_embeddings", 1024, kTablePositions);
  s.pos = Position::learned;
  s.pos_offset = 2;  // BartLearnedPositionalEmbedding.
  s.norm = Norm::layer;
  s.norm_bias = true;
  s.norm_eps = 1e-5;  // Of torch's LayerNorm; there is no key.
  s.act = read_activation(config, "activation_function", "gelu");
  s.residual = Residual::post_norm;
  s.qkv_bias = s.out_bias = s.mlp_bias = true;
  s.tied_head = config.boolean_or("tie_word_embeddings", true);
  if (config.boolean_or("scale_embedding", false)) {
    s.embed_scale = std::sqrt(static_cast<double>(s.hidden));
  }
  const std::string layer = "model.decoder.layers.{}.";
  s.names = {.embed = "model.decoder.embed_tokens",
             .pos_embed = "model.decoder.embed_positions",
             .embed_norm = "model.decoder.layernorm_embedding",
             .lm_head = "lm_head",
             .norm1 = layer + "self_attn_layer_norm",
             .norm2 = layer + "final_layer_norm",
             .q = layer + "self_attn.q_proj",
             .k = layer + "self_attn.k_proj",
             .v = layer + "self_attn.v_proj",
             .attn_out = layer + "self_attn.out_proj",
             .up = layer + "fc1",
             .down = layer + "fc2"};
  for (const auto* name : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
    s.unused.push_back({.name = layer + "encoder_attn." + name, .linear = true});
  }
  s.unused.push_back({.name = layer + "encoder_attn_layer_norm", .linear = false});
  return s;
}

}  // namespace verdict
