#include "checkpoint/config_keys.h"

#include <algorithm>
#include <array>

namespace verdict {
namespace {

using std::string_view_literals::operator""sv;

// Of the model's origin and of how transformers returns its results.
constexpr std::array kHarmless{
    "_attn_implementation_autoset"sv,
    "_name_or_path"sv,
    "architectures"sv,
    "bos_token_id"sv,
    "cache_implementation"sv,
    "decoder_start_token_id"sv,
    "dtype"sv,
    "eos_token_id"sv,
    "finetuning_task"sv,
    "gradient_checkpointing"sv,
    "id2label"sv,
    "init_std"sv,
    "initializer_range"sv,
    "is_decoder"sv,
    "is_llama_config"sv,  // SmolLM's, beside rope_interleaved.
    "label2id"sv,
    "max_position_embeddings"sv,  // For rotary models; the others read it.
    "model_type"sv,
    "n_ctx"sv,      // GPT-2's and GPT-J's older name of n_positions, always written beside it.
    "n_special"sv,  // GPT's: extra rows of the vocabulary, which vocab_size counts.
    "output_attentions"sv,
    "output_hidden_states"sv,
    "output_past"sv,
    "output_router_logits"sv,
    "pad_token_id"sv,
    "predict_special_tokens"sv,  // GPT's, of its first training.
    "prefix"sv,
    "pretraining_tp"sv,
    "problem_type"sv,
    "reorder_and_upcast_attn"sv,
    "return_dict"sv,
    "router_aux_loss_coef"sv,
    "sep_token_id"sv,
    "task_specific_params"sv,
    "tf_legacy_loss"sv,
    "tokenizer_class"sv,
    "torch_dtype"sv,
    "torchscript"sv,
    "transformers.js_config"sv,
    "transformers_version"sv,
    "unsloth_fixed"sv,  // Written by a tool that trains, as the next.
    "unsloth_version"sv,
    "use_bfloat16"sv,
    "use_cache"sv,
};

// Settings of text generation in older files. The checks of the generated text do not take them.
constexpr std::array kGeneration{
    "bad_words_ids"sv,
    "begin_suppress_tokens"sv,
    "diversity_penalty"sv,
    "do_sample"sv,
    "early_stopping"sv,
    "exponential_decay_length_penalty"sv,
    "force_bos_token_to_be_generated"sv,
    "length_penalty"sv,
    "max_length"sv,
    "min_length"sv,
    "no_repeat_ngram_size"sv,
    "num_beam_groups"sv,
    "num_beams"sv,
    "num_return_sequences"sv,
    "output_scores"sv,
    "remove_invalid_values"sv,
    "repetition_penalty"sv,
    "return_dict_in_generate"sv,
    "suppress_tokens"sv,
    "temperature"sv,
    "top_k"sv,
    "top_p"sv,
    "typical_p"sv,
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
    Switch{"rope_interleaved", false},                          // SmolLM.
    Switch{"use_mrope", false},                                 // Qwen2.
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
         std::ranges::find(kGeneration, key) != kGeneration.end() ||
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
