// One function per architecture, in the file of its name.
#pragma once

#include "verdict/checkpoint/config_reader.h"
#include "verdict/checkpoint/decoder_spec.h"

namespace verdict {

[[nodiscard]] DecoderSpec describe_llama(const ConfigReader& config);
[[nodiscard]] DecoderSpec describe_mistral(const ConfigReader& config);
[[nodiscard]] DecoderSpec describe_qwen2(const ConfigReader& config);
[[nodiscard]] DecoderSpec describe_gemma(const ConfigReader& config);
[[nodiscard]] DecoderSpec describe_gemma2(const ConfigReader& config);
[[nodiscard]] DecoderSpec describe_qwen3(const ConfigReader& config);
[[nodiscard]] DecoderSpec describe_phi3(const ConfigReader& config);
[[nodiscard]] DecoderSpec describe_olmo2(const ConfigReader& config);
[[nodiscard]] DecoderSpec describe_phi(const ConfigReader& config);
[[nodiscard]] DecoderSpec describe_gpt_neox(const ConfigReader& config);
[[nodiscard]] DecoderSpec describe_falcon(const ConfigReader& config);
[[nodiscard]] DecoderSpec describe_gpt2(const ConfigReader& config);
[[nodiscard]] DecoderSpec describe_gptj(const ConfigReader& config);
[[nodiscard]] DecoderSpec describe_bart(const ConfigReader& config);

}  // namespace verdict
