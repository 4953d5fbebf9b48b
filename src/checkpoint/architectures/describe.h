// One function per architecture, in the file of its name.
#pragma once

#include "verdict/checkpoint/config_reader.h"
#include "verdict/checkpoint/decoder_spec.h"

namespace verdict {

[[nodiscard]] DecoderSpec describe_llama(const ConfigReader& config);
[[nodiscard]] DecoderSpec describe_mistral(const ConfigReader& config);
[[nodiscard]] DecoderSpec describe_qwen2(const ConfigReader& config);

}  // namespace verdict
