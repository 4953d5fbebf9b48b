#include "checkpoint/config_keys.h"

#include <algorithm>
#include <array>

namespace verdict {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kHarmless{
    "_attn_implementation_autoset"sv,
    "_name_or_path"sv,
    "architectures"sv,
    "bos_token_id"sv,
    "cache_implementation"sv,
    "decoder_start_token_id"sv,
    "do_sample"sv,  // This one and its like are settings of text generation in older files.
    "dtype"sv,
    "early_stopping"sv,
    "eos_token_id"sv,
    "gradient_checkpointing"sv,
    "id2label"sv,
    "init_std"sv,
    "initializer_range"sv,
    "is_decoder"sv,
    "label2id"sv,
    "length_penalty"sv,
    "max_length"sv,
    "max_position_embeddings"sv,  // For rotary models; the others read it.
    "min_length"sv,
    "model_type"sv,
    "n_ctx"sv,  // GPT-2's and GPT-J's older name of n_positions, always written beside it.
    "no_repeat_ngram_size"sv,
    "num_beams"sv,
    "output_router_logits"sv,
    "pad_token_id"sv,
    "pretraining_tp"sv,
    "reorder_and_upcast_attn"sv,
    "router_aux_loss_coef"sv,
    "task_specific_params"sv,
    "tokenizer_class"sv,
    "torch_dtype"sv,
    "transformers_version"sv,
    "use_cache"sv,
};

// Dropout rates; Bart's encoder, which a decoder-only forward never runs; and so on.
constexpr std::array kHarmlessPrefixes{"summary_"sv, "encoder_"sv};
constexpr std::array kHarmlessSuffixes{"dropout"sv, "_pdrop"sv, "_layerdrop"sv};

struct Switch {
  std::string_view key{};
  bool accepted = false;
};
constexpr std::array kSwitches{
    Switch{"use_bidirectional_attention", false},
    Switch{"add_cross_attention", false},
    Switch{"is_encoder_decoder", false},
    Switch{"scale_attn_weights", true},
    Switch{"rotary", true},                                     // GPT-J.
    Switch{"apply_residual_connection_post_layernorm", false},  // Falcon.
    Switch{"add_bias_logits", false},                           // These and what follows: Bart.
    Switch{"add_final_layer_norm", false},
    Switch{"normalize_before", false},
    Switch{"normalize_embedding", true},
    Switch{"scale_attn_by_inverse_layer_idx", false},
};

}  // namespace

bool is_harmless_key(std::string_view key) {
  const auto begins = [&](std::string_view prefix) { return key.starts_with(prefix); };
  const auto ends = [&](std::string_view suffix) { return key.ends_with(suffix); };
  return std::ranges::find(kHarmless, key) != kHarmless.end() ||
         std::ranges::any_of(kHarmlessPrefixes, begins) ||
         std::ranges::any_of(kHarmlessSuffixes, ends) ||
         (key.starts_with("forced_") && key.ends_with("_token_id"));
}

std::optional<bool> only_accepted_value(std::string_view key) {
  const auto found = std::ranges::find(kSwitches, key, &Switch::key);
  if (found == kSwitches.end()) return std::nullopt;
  return found->accepted;
}

}  // namespace verdict
