#include "checkpoint/activation.h"
#include "checkpoint/architectures/common.h"
#include "checkpoint/architectures/describe.h"
#include "checkpoint/config_ranges.h"

namespace verdict {

// https://huggingface.co/docs/transformers/model_doc/gptj: one norm for both branches, neighbouring
// dimensions rotated against each other. Defaults are those of GPTJConfig.
DecoderSpec describe_gptj(const ConfigReader& config) {
  DecoderSpec s;
  read_sizes(config, kGptSizes, s);
  s.ffn = config.integer_or("n_inner", 4 * s.hidden, kFfn);
  s.max_pos = config.integer_or("n_positions", 2048, kPositions);
  read_layer_norm(config, "layer_norm_epsilon", s);
  s.act = read_activation(config, "activation_function", "gelu_new");
  s.pos = Position::rotary_interleaved;
  // Null: all of them. The base is not a key of this class (create_sinusoidal_positions).
  const int64_t otherwise = config.is_null("rotary_dim") ? s.head_dim : 64;
  s.rotary_dim = config.integer_or("rotary_dim", otherwise, kHeadDim);
  s.rope = {.theta = 10'000};
  s.residual = Residual::parallel;
  s.mlp_bias = s.head_bias = true;
  s.tied_head = config.boolean_or("tie_word_embeddings", false);
  s.names = {.embed = "transformer.wte",
             .final_norm = "transformer.ln_f",
             .lm_head = "lm_head",
             .norm1 = "transformer.h.{}.ln_1",
             .q = "transformer.h.{}.attn.q_proj",
             .k = "transformer.h.{}.attn.k_proj",
             .v = "transformer.h.{}.attn.v_proj",
             .attn_out = "transformer.h.{}.attn.out_proj",
             .up = "transformer.h.{}.mlp.fc_in",
             .down = "transformer.h.{}.mlp.fc_out"};
  return s;
}

}  // namespace verdict
