// What the architectures that are no relatives of Llama share.
#pragma once

#include <string_view>

#include "checkpoint/rope_reader.h"
#include "verdict/checkpoint/config_reader.h"
#include "verdict/checkpoint/decoder_spec.h"

namespace verdict {

struct SizeKeys {
  std::string_view hidden = "hidden_size";
  std::string_view layers = "num_hidden_layers";
  std::string_view heads = "num_attention_heads";
};
inline constexpr SizeKeys kGptSizes{.hidden = "n_embd", .layers = "n_layer", .heads = "n_head"};

// Vocabulary, hidden size, layers, heads, as many kv heads, and the head size, which is the hidden
// size / heads.
void read_sizes(const ConfigReader& config, const SizeKeys& keys, DecoderSpec& spec);

// Layer norms with a bias; their epsilon is 1e-5 if the key is absent.
void read_layer_norm(const ConfigReader& config, std::string_view eps_key, DecoderSpec& spec);

// Halves rotated against each other. Needs the head size and the model's positions.
void use_rotary(const RotaryConfig& rotary, DecoderSpec& spec);

}  // namespace verdict
