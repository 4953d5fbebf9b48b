#include "checkpoint/architectures/llama_family.h"

#include "checkpoint/architectures/common.h"
#include "checkpoint/config_ranges.h"
#include "checkpoint/rope_reader.h"

namespace verdict {
namespace {

void read_sizes(const ConfigReader& config, const FamilyDefaults& defaults, DecoderSpec& s) {
  s.vocab = config.integer("vocab_size", kVocab);
  s.hidden = config.integer("hidden_size", kHidden);
  s.layers = config.integer("num_hidden_layers", kLayers);
  s.heads = config.integer("num_attention_heads", kHeads);
  const bool all = defaults.kv_heads == 0 || config.is_null("num_key_value_heads");
  s.kv_heads = config.integer_or("num_key_value_heads", all ? s.heads : defaults.kv_heads, kHeads);
  if (!config.has("head_dim") && defaults.head_dim == 0 && s.hidden % s.heads != 0) {
    config.fail("num_attention_heads", "must divide hidden_size unless head_dim is given");
  }
  const int64_t head_dim = defaults.head_dim != 0 ? defaults.head_dim : s.hidden / s.heads;
  s.head_dim = config.integer_or("head_dim", head_dim, kHeadDim);
  s.ffn = config.integer("intermediate_size", kFfn);
  s.max_pos = config.integer_or("max_position_embeddings", defaults.max_pos, kPositions);
}

}  // namespace

DecoderSpec describe_llama_family(const ConfigReader& config, const FamilyDefaults& defaults) {
  DecoderSpec s;
  read_sizes(config, defaults, s);
  s.norm = Norm::rms;
  s.norm_eps = config.number_or("rms_norm_eps", defaults.norm_eps, kNormEps);
  const RotaryConfig rotary =
      read_rotary(config, {.rope = {.theta = 10'000}},
                  {.longrope_original = defaults.longrope_original, .max_pos = s.max_pos});
  // Most classes compute fewer frequencies then and fail when they apply them.
  if (!defaults.partial_rotation && rotary.partial_factor != 1) {
    config.fail("partial_rotary_factor", "must be 1 for " + config.architecture());
  }
  use_rotary(rotary, s);
  s.tied_head = config.boolean_or("tie_word_embeddings", defaults.tied_head);
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

int64_t read_window_width(const ConfigReader& config, int64_t otherwise) {
  if (config.is_null("sliding_window")) return 0;
  return config.integer_or("sliding_window", otherwise, kPositions);
}

Window read_flagged_window(const ConfigReader& config) {
  const int64_t width = read_window_width(config, 4096);
  const int64_t first = config.integer_or("max_window_layers", 28, kLayerIndex);
  if (!config.boolean_or("use_sliding_window", false) || width == 0) return {};
  return {.width = width, .first_layer = first};
}

}  // namespace verdict
