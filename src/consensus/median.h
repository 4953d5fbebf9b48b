// The largest weight that a majority of the stake supports, for each miner.
#pragma once

#include <span>
#include <vector>

#include "consensus/sparse.h"

namespace verdict {

// The weighted median of `scores` by the chain's mid-pivot selection, which gives everyone the same
// value where the stakes leave room for more than one: the smallest score with more than `minority`
// of the stake at or below it. stakes, scores [voters] -> 0 without voters.
[[nodiscard]] Fixed weighted_median(std::span<const Fixed> stakes, std::span<const Fixed> scores,
                                    Fixed minority);

// Of each column, over the rows with stake, renormalised to 1. Who lists no weight for the column
// votes 0. stakes [rows], majority as a share of 1 -> [columns].
[[nodiscard]] std::vector<Fixed> column_medians(std::span<const Fixed> stakes,
                                                const SparseMatrix& weights, Fixed majority);

}  // namespace verdict
