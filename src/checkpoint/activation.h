// Activation functions by the names that transformers gives them (activations.py, ACT2FN).
#pragma once

#include <string>

#include "verdict/checkpoint/config_reader.h"
#include "verdict/checkpoint/decoder_spec.h"

namespace verdict {

// The activation that `key` names, `otherwise` if it is absent. Throws ModelError for one that is
// not implemented.
[[nodiscard]] Act read_activation(const ConfigReader& config, std::string_view key,
                                  const std::string& otherwise);

}  // namespace verdict
