// How much memory a model needs on one rank, known from its config before anything is allocated.
#pragma once

#include <cstdint>

#include "verdict/checkpoint/decoder_spec.h"

namespace verdict {

// Bytes. A sum that 64 bits cannot hold is the largest value that they can.
struct MemoryNeed {
  uint64_t weight_bytes = 0;
  uint64_t activation_bytes = 0;
  uint64_t logits_bytes = 0;
  uint64_t cache_bytes = 0;    // Keys and values of a generation.
  uint64_t loading_bytes = 0;  // By how much loading needs more than computing; most often nothing.
  uint64_t program_bytes = 0;  // The program itself, with its libraries.
  [[nodiscard]] uint64_t total() const;
};

// Prompts that are continued in one batch, if any.
struct GenerationSize {
  int64_t prompts = 0;
  int64_t prompt_tokens = 0;  // Of each.
  int64_t tokens = 0;         // After each.
};

// Upper bound of the logits that exist at one time on a rank.
inline constexpr int64_t kMaxLogitsBytes = int64_t{64} << 20;      // On CPU.
inline constexpr int64_t kMaxGpuLogitsBytes = int64_t{512} << 20;  // On CUDA.

// Measured on CPU, torch 2.11: a run with a model of next to nothing. A part of it is code that
// processes share.
inline constexpr uint64_t kProgramBytes = uint64_t{168} << 20;

// Rows of a chunk of the head: as many as fit `max_bytes` of float32 logits on the rank with the
// largest share of the vocabulary, and no more than are fast on this device (128 on CPU, where a
// chunk should stay in the cache).
[[nodiscard]] int64_t head_chunk_rows(const DecoderSpec& spec, int tp, int64_t max_bytes);

// The same on CUDA: whole tiles of a product, 128 rows, where at least one of them fits.
[[nodiscard]] int64_t gpu_head_chunk_rows(const DecoderSpec& spec, int tp, int64_t max_bytes);

// The most that any of the `tp` ranks of a group needs. With b = `bytes_per_element` (of the body),
// T = `tokens_per_batch`, and of one rank: qkv the rows of the packed projections, q those of its
// query heads, gu the rows of gate_up, f the columns of down, V its share of the vocabulary:
//   weights: every parameter of the shard plan at b bytes, the head at 4 and always as a copy of
//   its
//     own, though it is tied (logits are never rounded). Packed weights exist once: their plain
//     form is freed.
//   activations, of the largest step of a layer: T · (2D·b + max(norm, attention, mlp)), where
//     2D·b is the residual stream and the norm's output,
//     norm = 8D (two float32 copies),
//     attention = (qkv + 2q + D)·b + sum (the projections; the mixed heads and their reordered
//     copy,
//       or the temporaries of the rotation, which are smaller; the output),
//     mlp = (gu + f + D)·b + sum (gate and up, their product, the output),
//     sum = 4D if tp > 1 (what the other ranks send), and another 4D if b is not 4 (sums are made
//       in float32).
//     Attention by blocks (a window narrower than T, a soft-cap) adds 4·(2·H·64·S +
//     2·K·E·T), with the H query heads and K kv heads of the rank and S the
//     keys that a block sees: T, or window + 63 where all such layers have a window.
//   logits: 4 · `head_chunk_rows` · V.
//   cache of the generation: 2·K·E·b a layer and position, but for the last token of each prompt. T
//   is then no less than all tokens of the prompts.
//   loading: the head, or if larger a layer's parameter, exists for a moment as it will be used and
//     as it waits to be reordered; all else has its final size from its first byte on.
//   program: kProgramBytes, and this rank's share of the ring that files are read into.
// The test that measures it is tests/eval/memory_peak_test.cpp.
// Throws ModelError as make_shard_plan, SystemError(internal) for arguments below 1 (`tp`,
// `bytes_per_element`) or below 0.
[[nodiscard]] MemoryNeed memory_need(const DecoderSpec& spec, int tp, int64_t tokens_per_batch,
                                     int64_t bytes_per_element, int64_t head_chunk_rows,
                                     const GenerationSize& generation = {});

// Of a rank's GPU, not measured yet: the context, the library's kernels and cuBLAS's workspaces.
inline constexpr uint64_t kGpuProgramBytes = uint64_t{1280} << 20;

// The same on a GPU, where weights are not packed, the head has the body's dtype and, if tied, is
// the embedding itself, the logits of the head are at most kMaxGpuLogitsBytes (or one row's), and
// parameters on their way lie on the host.
[[nodiscard]] MemoryNeed gpu_memory_need(const DecoderSpec& spec, int tp, int64_t tokens_per_batch,
                                         int64_t bytes_per_element,
                                         const GenerationSize& generation = {});

}  // namespace verdict
