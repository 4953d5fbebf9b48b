// What the relatives of Llama share: its keys, its tensor names, its block.
#pragma once

#include <cstdint>

#include "verdict/checkpoint/config_reader.h"
#include "verdict/checkpoint/decoder_spec.h"

namespace verdict {

// Values of an architecture's own config class for keys that are absent.
struct FamilyDefaults {
  int64_t max_pos = 0;
  int64_t kv_heads = 0;  // 0: as many as heads. A null means that everywhere.
  int64_t head_dim = 0;  // 0: hidden size / heads.
  double norm_eps = 1e-6;
  bool tied_head = false;
  bool partial_rotation = false;  // The class can rotate a part of each head.
  int64_t longrope_original = 0;  // See RotaryDialect.
};

// A decoder with Llama's keys and names and no biases. Reads neither the keys of the biases nor
// those of the window: who has them reads them.
[[nodiscard]] DecoderSpec describe_llama_family(const ConfigReader& config,
                                                const FamilyDefaults& defaults);

// sliding_window, where null means none and absence the class default. In tokens; 0: none.
[[nodiscard]] int64_t read_window_width(const ConfigReader& config, int64_t otherwise);

// The window of Qwen2 and Qwen3: only if use_sliding_window, from layer max_window_layers on.
[[nodiscard]] Window read_flagged_window(const ConfigReader& config);

}  // namespace verdict
