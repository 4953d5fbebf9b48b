#include "checkpoint/activation.h"
#include "checkpoint/architectures/common.h"
#include "checkpoint/architectures/describe.h"
#include "checkpoint/config_ranges.h"

namespace verdict {

// https://huggingface.co/docs/transformers/model_doc/gpt2: learned positions, weights stored
// [in, out]. Defaults are those of GPT2Config. Files come with and without "transformer.".
DecoderSpec describe_gpt2(const ConfigReader& config) {
  DecoderSpec s;
  read_sizes(config, kGptSizes, s);
  s.ffn = config.integer_or("n_inner", 4 * s.hidden, kFfn);
  s.max_pos = config.integer_or("n_positions", 1024, kTablePositions);
  read_layer_norm(config, "layer_norm_epsilon", s);
  s.act = read_activation(config, "activation_function", "gelu_new");
  s.pos = Position::learned;
  s.fused = Fused::q_k_v;
  s.transposed = true;
  s.qkv_bias = s.out_bias = s.mlp_bias = true;
  s.tied_head = config.boolean_or("tie_word_embeddings", true);
  s.names = {.embed = "transformer.wte",
             .pos_embed = "transformer.wpe",
             .final_norm = "transformer.ln_f",
             .lm_head = "lm_head",
             .norm1 = "transformer.h.{}.ln_1",
             .norm2 = "transformer.h.{}.ln_2",
             .qkv = "transformer.h.{}.attn.c_attn",
             .attn_out = "transformer.h.{}.attn.c_proj",
             .up = "transformer.h.{}.mlp.c_fc",
             .down = "transformer.h.{}.mlp.c_proj"};
  s.other_spelling = {.from = "transformer.", .to = ""};
  return s;
}

}  // namespace verdict
