// The rotary parameters of config.json, in both forms (architectures.md 4.1 and 4.2).
#pragma once

#include <cstdint>
#include <string_view>

#include "verdict/checkpoint/config_reader.h"
#include "verdict/checkpoint/decoder_spec.h"

namespace verdict {

struct RotaryConfig {
  Rope rope{};
  double partial_factor = 1;  // The share of each head that is rotated.
  friend bool operator==(const RotaryConfig&, const RotaryConfig&) = default;
};

// In what the classes differ.
struct RotaryDialect {
  // What older files call two of the values at their top level.
  std::string_view theta = "rope_theta";
  std::string_view partial = "partial_rotary_factor";
  // longrope, in tokens: the rows that the model was first made for, and those that it is made for.
  // 0: the class has no longrope.
  int64_t longrope_original = 0;
  int64_t max_pos = 0;
};

// `defaults` are those of the architecture's own config class. Reads the old keys and rope_scaling
// (older transformers) and rope_parameters (transformers 5). Throws ModelError if the two forms
// disagree or the type is not default, linear, llama3, dynamic, yarn or (where the class has it)
// longrope.
[[nodiscard]] RotaryConfig read_rotary(const ConfigReader& config, const RotaryConfig& defaults,
                                       const RotaryDialect& dialect = {});

}  // namespace verdict
