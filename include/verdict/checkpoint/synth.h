// Random-weight models of any implemented architecture: for tests, demonstrations and benchmarks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "verdict/checkpoint/safetensors.h"

namespace verdict {

struct SynthOptions {
  std::filesystem::path out{};  // Must not exist or be empty.
  uint64_t seed = 0;
  DType dtype = DType::bf16;  // f32, f16 or bf16.
  uint64_t max_shard_bytes = uint64_t{5}
                             << 30;  // One more file is begun before a tensor that would exceed it.
  double scale = 0.02;               // Standard deviation of weights and biases.
};

// Writes config.json (the text as given) and model.safetensors, or shards and an index as the hub
// names them. A tensor's bytes depend on seed, scale, dtype, its name and whether the head is tied:
// they are the same on every machine and in every sharding. Norm weights are near one (Gemma's near
// zero), but of both signs before a tied head, so that the model is not degenerate. Memory: a few
// MiB, whatever the size. Throws ModelError if the config is refused, SystemError(usage) for the
// options, SystemError(cannot_write) if it cannot write.
void write_synthetic_model(std::string_view config_text, const SynthOptions& options);

}  // namespace verdict
