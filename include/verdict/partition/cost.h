// What work costs, well enough to balance it: only ratios matter until a calibration replaces the
// constants.
#pragma once

#include <cstdint>

namespace verdict {

// Sizes that decide the cost of a token (performance.md 2.2).
struct ModelShape {
  int64_t parameters =
      0;  // Without the embedding's look-up, which costs nothing; a tied head counts.
  int64_t layers = 0;
  int64_t heads = 0;
  int64_t head_dim = 0;
  int64_t length = 0;  // Tokens per row.
  uint64_t bytes = 0;  // Of its files.
};

// What one rank does per second, and what its group adds (performance.md 4.1).
struct MachineRates {
  double flop = 1e11;
  double load_bytes = 5e8;
  double all_reduce_seconds = 0;  // Of the smallest sum over the ranks of a group.
  double all_reduce_bytes = 0;    // A second, over the slowest link; 0: sums cost no time.
};

// Of a data centre's GPUs until they are measured (performance.md 2.2, 4; NCCL's ring on NVSwitch).
inline constexpr MachineRates kGpuRates{
    .flop = 6e14, .load_bytes = 4e9, .all_reduce_seconds = 23e-6, .all_reduce_bytes = 2.5e11};

// FLOP of the forward pass of one token: 2 per parameter and causal attention over half the row on
// average.
[[nodiscard]] double flop_per_token(const ModelShape& shape);
// On a group of `tp` ranks; with more than one two sums a layer, of 2 bytes × tokens × the width of
// the heads, for which everything waits.
[[nodiscard]] double predicted_row_seconds(const ModelShape& shape, int tp,
                                           const MachineRates& rates);
// Of `tokens` steps after `prompts` prompts of `prompt_tokens`.
[[nodiscard]] double predicted_generation_seconds(const ModelShape& shape, int64_t prompts,
                                                  int64_t prompt_tokens, int64_t tokens, int tp,
                                                  const MachineRates& rates);
[[nodiscard]] double predicted_load_seconds(const ModelShape& shape, const MachineRates& rates);

}  // namespace verdict
