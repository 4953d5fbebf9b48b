// The rotary parameters of config.json, in both forms (architectures.md 4.1 and 4.2).
#pragma once

#include "verdict/checkpoint/config_reader.h"
#include "verdict/checkpoint/decoder_spec.h"

namespace verdict {

struct RotaryConfig {
  Rope rope{};
  double partial_factor = 1;  // The share of each head that is rotated.
  friend bool operator==(const RotaryConfig&, const RotaryConfig&) = default;
};

// `defaults` are those of the architecture's own config class. Reads rope_theta, rope_scaling and
// partial_rotary_factor (older transformers) and rope_parameters (transformers 5). Throws
// ModelError if the two forms disagree or the type is not default, linear or llama3.
[[nodiscard]] RotaryConfig read_rotary(const ConfigReader& config, const RotaryConfig& defaults);

}  // namespace verdict
