// Which part of which tensor goes to which rank of a tensor-parallel group: a pure function of
// spec, rank and degree, decided and checked before any byte of weights is read (architectures.md
// 7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "verdict/checkpoint/checkpoint.h"
#include "verdict/checkpoint/decoder_spec.h"
#include "verdict/core/range.h"

namespace verdict {

// Part of one checkpoint tensor: rows (dim 0) or columns (dim 1) `range`, of the tensor as it is
// stored.
struct Slice {
  std::string tensor{};
  int dim = 0;
  Range range{};
};

// One parameter of the engine on this rank. Engine names:
//   embed [V/tp, D] · pos_embed · embed_norm [D] · final_norm [D] · lm_head [V/tp, D] ·
//   lm_head_bias [V/tp] layers.{i}.norm1, norm2, post_attn_norm, post_mlp_norm [D] ·
//   layers.{i}.q_norm, k_norm layers.{i}.qkv [(q + 2 kv)·E, D], rows [q; k; v] of this rank's heads
//   · layers.{i}.attn_out [D, q·E] layers.{i}.gate_up [2F/tp, D], rows [gate; up] of this rank, or
//   [F/tp, D] without a gate · layers.{i}.down [D, F/tp]
// and each with "_bias" appended where the spec has one (attn_out_bias and down_bias whole on every
// rank: they are added once, after the sum). Parts that the spec does not have are absent; so is
// the lm_head of a tied model, for which the engine uses embed.
struct ParamPlan {
  std::string name{};
  std::vector<int64_t> shape{};
  std::vector<Slice> parts{};  // Concatenated on dim 0, after the transposition.
  bool transposed = false;     // The parts are stored [in, out]; the parameter is [out, in].
};

// Ranges of heads.
struct HeadShard {
  Range q{};
  Range kv{};
  bool counts_kv = true;  // False where a lower rank holds the same kv head.
};

// The heads of `rank`. The unit is the kv group: with fewer kv heads than ranks, several ranks hold
// the same kv head and split its query heads. Every query head is on one rank, together with its kv
// head; no rank is empty. Throws ModelError if tp exceeds the number of heads.
[[nodiscard]] HeadShard head_shard(int64_t heads, int64_t kv_heads, int rank, int tp);

// Shares of F and V, cut at multiples of 64 where that leaves no rank empty (odd widths are slow in
// a bf16 product).
[[nodiscard]] Range mlp_shard(const DecoderSpec& spec, int rank, int tp);
[[nodiscard]] Range vocab_shard(const DecoderSpec& spec, int rank, int tp);

struct ShardPlan {
  int rank = 0;
  int tp = 1;
  HeadShard heads{};
  Range mlp{};
  Range vocab{};
  std::vector<ParamPlan> params{};
};

// Throws ModelError if the degree is greater than the heads, F or V.
[[nodiscard]] ShardPlan make_shard_plan(const DecoderSpec& spec, int rank, int tp);

[[nodiscard]] uint64_t param_elements(const ParamPlan& param);
[[nodiscard]] uint64_t param_elements(const ShardPlan& plan);  // Of all its parameters.

// The dtype of a parameter in the file. Throws ModelError if its parts differ in it.
[[nodiscard]] DType param_dtype(const Checkpoint& checkpoint, const ParamPlan& param);

// Reads a parameter into `out`, row-major, in the file's dtype; out.size() must be its elements
// times the dtype's size. Rows are one large read per part; columns are picked from blocks of whole
// rows of at most 16 MiB. Throws as Checkpoint::read.
void read_param(const Checkpoint& checkpoint, const ParamPlan& param, std::span<std::byte> out);

}  // namespace verdict
