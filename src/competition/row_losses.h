// The losses of one model by row, as far as it can be scored at all.
#pragma once

#include <vector>

#include "verdict/competition/result.h"

namespace verdict {

// [task][row] nat per token. Empty for a model that is not ok or lacks a finite loss in some row.
// Throws SystemError(internal) if the tasks of an ok model are not those of the competition.
using RowLosses = std::vector<std::vector<double>>;
[[nodiscard]] RowLosses row_losses(const Competition& competition, const ModelLosses& model);

// Throws SystemError(internal) unless both models were measured on the same rows: as many, with as
// many targets.
void check_same_rows(const ModelLosses& a, const ModelLosses& b);

}  // namespace verdict
