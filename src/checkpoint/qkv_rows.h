// Which rows of which modules one rank packs side by side.
#pragma once

#include <string>
#include <vector>

#include "verdict/checkpoint/shard_plan.h"

namespace verdict {

// Rows of a linear module's output (of its bias, too).
struct ModuleRows {
  std::string module{};
  Range rows{};
};

// Rows that make up [q; k; v] of `mine`. One fused checkpoint tensor holds q, k and v; each is
// split by head on its own: a contiguous share of the whole would give rank 0 all of q and some of
// k, with every shape still right.
[[nodiscard]] std::vector<ModuleRows> qkv_rows(const DecoderSpec& spec, int64_t layer,
                                               const HeadShard& mine);

// Rows that make up [gate; up], or up alone where there is no gate.
[[nodiscard]] std::vector<ModuleRows> mlp_rows(const DecoderSpec& spec, int64_t layer, Range mine);

}  // namespace verdict
