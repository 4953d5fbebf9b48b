// The architectures that we implement: one function each, in src/checkpoint/architectures/, and one
// row in a table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "verdict/checkpoint/checkpoint.h"
#include "verdict/checkpoint/config_reader.h"
#include "verdict/checkpoint/decoder_spec.h"

namespace verdict {

struct Architecture {
  std::string_view name{};        // architectures[0] of config.json.
  std::string_view model_type{};  // Must be said there too: a disguise is refused.
  DecoderSpec (*describe)(const ConfigReader&) = nullptr;
};

// The spec of a model. Throws ModelError for an architecture that is not implemented (by name),
// another model_type, a key that was not understood, or sizes that do not fit together.
[[nodiscard]] DecoderSpec describe(const ConfigReader& config);

// The same with tensor names as the files spell them. The weights must be open.
[[nodiscard]] DecoderSpec describe(const Checkpoint& checkpoint);

// Names in the order of the table.
[[nodiscard]] std::vector<std::string> implemented_architectures();

}  // namespace verdict
