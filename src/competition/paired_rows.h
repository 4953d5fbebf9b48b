// The errors of all pairs of models, at the price of one pass over the rows per pair.
#pragma once

#include <vector>

#include "competition/row_losses.h"

namespace verdict {

// paired_difference's standard error for any two models, from rows that were scaled by the slope of
// the normalization and centred once: the mean of what is left of a pair is then 0.
class PairedRows {
 public:
  // `losses` [model], empty for a model that failed; `weights` [task], effective.
  PairedRows(const Competition& competition, const std::vector<RowLosses>& losses,
             std::vector<double> weights);

  // Of two models that have not failed. NaN if a task has fewer than two rows.
  [[nodiscard]] double standard_error(size_t a, size_t b) const;

 private:
  std::vector<double> weights_;
  std::vector<size_t> ends_{};               // [task], of its rows in a model's list.
  std::vector<std::vector<double>> rows_{};  // [model][task, row]
};

}  // namespace verdict
