#include "checkpoint/activation.h"
#include "checkpoint/architectures/common.h"
#include "checkpoint/architectures/describe.h"
#include "checkpoint/config_ranges.h"
#include "checkpoint/rope_reader.h"

namespace verdict {
namespace {

constexpr Range kNorms{1, 2 + 1};

// Which of the three layouts the fused tensor has, and how many kv heads.
void read_heads(const ConfigReader& config, bool is_new, DecoderSpec& s) {
  const bool multi_query = config.boolean_or("multi_query", true);
  s.kv_heads = config.integer_or("num_kv_heads", s.heads, kHeads);
  if (is_new) {
    s.fused = Fused::per_group;
  } else if (multi_query) {
    s.fused = Fused::q_k_v;
    s.kv_heads = 1;  // Whatever num_kv_heads says.
  } else {
    s.fused = Fused::per_head;
    if (s.kv_heads != s.heads) {
      config.fail("num_kv_heads", "must be num_attention_heads without multi_query");
    }
  }
}

// num_ln_in_parallel_attn decides, not the kind of decoder alone. Some combinations make norms in
// transformers and then read others, so no such model can have been trained.
void read_norms(const ConfigReader& config, bool is_new, DecoderSpec& s) {
  const bool parallel = config.boolean_or("parallel_attn", true);
  const int64_t norms = config.integer_or("num_ln_in_parallel_attn", is_new ? 2 : 1, kNorms);
  s.residual = parallel ? Residual::parallel : Residual::sequential;
  s.names.norm1 = "transformer.h.{}.input_layernorm";
  if (!parallel) {
    if (is_new) config.fail("parallel_attn", "must be true in the new decoder architecture");
    s.names.norm2 = "transformer.h.{}.post_attention_layernorm";
  } else if (norms == 2) {
    if (!is_new) {
      config.fail("num_ln_in_parallel_attn", "= 2 needs the new decoder architecture");
    }
    s.names.norm1 = "transformer.h.{}.ln_attn";
    s.names.norm2 = "transformer.h.{}.ln_mlp";
  }
}

}  // namespace

// https://huggingface.co/docs/transformers/model_doc/falcon. Defaults are those of FalconConfig.
DecoderSpec describe_falcon(const ConfigReader& config) {
  DecoderSpec s;
  read_sizes(config, {}, s);
  s.ffn = config.integer_or("ffn_hidden_size", 4 * s.hidden, kFfn);
  s.max_pos = config.integer_or("max_position_embeddings", 2048, kPositions);
  read_layer_norm(config, "layer_norm_epsilon", s);
  s.act = read_activation(config, "activation", "gelu");
  const RotaryConfig rotary = read_rotary(config, {.rope = {.theta = 10'000}});
  if (rotary.partial_factor != 1) config.fail("partial_rotary_factor", "must be 1 for Falcon");
  if (config.boolean_or("alibi", false)) {
    s.pos = Position::alibi;
  } else {
    use_rotary(rotary, s);
  }
  s.qkv_bias = s.out_bias = s.mlp_bias = config.boolean_or("bias", false);
  s.tied_head = config.boolean_or("tie_word_embeddings", true);
  s.names = {.embed = "transformer.word_embeddings",
             .final_norm = "transformer.ln_f",
             .lm_head = "lm_head",
             .qkv = "transformer.h.{}.self_attention.query_key_value",
             .attn_out = "transformer.h.{}.self_attention.dense",
             .up = "transformer.h.{}.mlp.dense_h_to_4h",
             .down = "transformer.h.{}.mlp.dense_4h_to_h"};
  const bool is_new = config.boolean_or("new_decoder_architecture", false);
  read_heads(config, is_new, s);
  read_norms(config, is_new, s);
  return s;
}

}  // namespace verdict
