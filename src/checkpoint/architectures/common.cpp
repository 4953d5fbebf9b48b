#include "checkpoint/architectures/common.h"

#include "checkpoint/config_ranges.h"

namespace verdict {

void read_sizes(const ConfigReader& config, const SizeKeys& keys, DecoderSpec& spec) {
  spec.vocab = config.integer("vocab_size", kVocab);
  spec.hidden = config.integer(keys.hidden, kHidden);
  spec.layers = config.integer(keys.layers, kLayers);
  spec.heads = config.integer(keys.heads, kHeads);
  spec.kv_heads = spec.heads;
  if (spec.hidden % spec.heads != 0) {
    config.fail(keys.heads, "must divide " + std::string(keys.hidden));
  }
  spec.head_dim = spec.hidden / spec.heads;
}

void read_layer_norm(const ConfigReader& config, std::string_view eps_key, DecoderSpec& spec) {
  spec.norm = Norm::layer;
  spec.norm_bias = true;
  spec.norm_eps = config.number_or(eps_key, 1e-5, kNormEps);
}

void use_rotary(const RotaryConfig& rotary, DecoderSpec& spec) {
  spec.pos = Position::rotary_half;
  spec.rope = rotary.rope;
  // transformers measures a row against the positions that the model was made for.
  if (spec.rope.kind == Rope::Kind::dynamic) spec.rope.original = static_cast<double>(spec.max_pos);
  // int(head size · factor), as every class has it.
  spec.rotary_dim =
      static_cast<int64_t>(static_cast<double>(spec.head_dim) * rotary.partial_factor);
}

}  // namespace verdict
