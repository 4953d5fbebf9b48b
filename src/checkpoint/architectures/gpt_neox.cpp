#include "checkpoint/activation.h"
#include "checkpoint/architectures/common.h"
#include "checkpoint/architectures/describe.h"
#include "checkpoint/config_ranges.h"
#include "checkpoint/rope_reader.h"

namespace verdict {

// https://huggingface.co/docs/transformers/model_doc/gpt_neox. Defaults are those of
// GPTNeoXConfig. transformers 5 writes the head as embed_out and reads lm_head as well.
DecoderSpec describe_gpt_neox(const ConfigReader& config) {
  DecoderSpec s;
  read_sizes(config, {}, s);
  s.ffn = config.integer("intermediate_size", kFfn);
  s.max_pos = config.integer_or("max_position_embeddings", 2048, kPositions);
  read_layer_norm(config, "layer_norm_eps", s);
  s.act = read_activation(config, "hidden_act", "gelu");
  use_rotary(read_rotary(config, {.rope = {.theta = 10'000}, .partial_factor = 0.25},
                         {.theta = "rotary_emb_base", .partial = "rotary_pct"}),
             s);
  const bool parallel = config.boolean_or("use_parallel_residual", true);
  s.residual = parallel ? Residual::parallel : Residual::sequential;
  s.fused = Fused::per_head;
  s.qkv_bias = s.out_bias = config.boolean_or("attention_bias", true);
  s.mlp_bias = true;
  s.tied_head = config.boolean_or("tie_word_embeddings", false);
  s.names = {.embed = "gpt_neox.embed_in",
             .final_norm = "gpt_neox.final_layer_norm",
             .lm_head = "embed_out",
             .norm1 = "gpt_neox.layers.{}.input_layernorm",
             .norm2 = "gpt_neox.layers.{}.post_attention_layernorm",
             .qkv = "gpt_neox.layers.{}.attention.query_key_value",
             .attn_out = "gpt_neox.layers.{}.attention.dense",
             .up = "gpt_neox.layers.{}.mlp.dense_h_to_4h",
             .down = "gpt_neox.layers.{}.mlp.dense_4h_to_h"};
  s.other_spelling = {.from = "embed_out", .to = "lm_head"};
  return s;
}

}  // namespace verdict
