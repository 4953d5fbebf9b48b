#include "consensus/sparse.h"

#include <algorithm>

namespace verdict {
namespace {

// Walks the columns that at least one of two rows has; what a row has not is 0.
template <class Visit>
void for_each_column(const SparseRow& a, const SparseRow& b, const Visit& visit) {
  auto left = a.begin();
  auto right = b.begin();
  while (left != a.end() || right != b.end()) {
    const bool take_left = left != a.end() && (right == b.end() || left->column <= right->column);
    const bool take_right = right != b.end() && (left == a.end() || right->column <= left->column);
    const uint16_t column = take_left ? left->column : right->column;
    visit(column, take_left ? (left++)->value : Fixed{}, take_right ? (right++)->value : Fixed{});
  }
}

template <class Combine>
SparseMatrix combine_positive(const SparseMatrix& a, const SparseMatrix& b,
                              const Combine& combine) {
  SparseMatrix result(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    result[i].reserve(std::max(a[i].size(), b[i].size()));
    for_each_column(a[i], b[i], [&](uint16_t column, Fixed x, Fixed y) {
      const Fixed value = combine(x, y);
      if (value > Fixed{}) result[i].push_back({column, value});
    });
  }
  return result;
}

void divide_columns_by(SparseMatrix& m, std::span<const Fixed> divisors) {
  for (SparseRow& row : m) {
    for (SparseEntry& e : row) {
      if (divisors[e.column] != Fixed{}) e.value = e.value / divisors[e.column];
    }
  }
}

}  // namespace

Fixed sum(std::span<const Fixed> values) {
  Fixed total;
  for (const Fixed value : values) total += value;
  return total;
}

void divide_by(std::vector<Fixed>& values, Fixed total) {
  if (total == Fixed{}) return;
  for (Fixed& value : values) value = value / total;
}

void normalise(std::vector<Fixed>& values) { divide_by(values, sum(values)); }

void normalise_rows(SparseMatrix& m) {
  const std::vector<Fixed> totals = row_sums(m);
  for (size_t i = 0; i < m.size(); ++i) {
    if (totals[i] == Fixed{}) continue;
    for (SparseEntry& e : m[i]) e.value = e.value / totals[i];
  }
}

void normalise_columns(SparseMatrix& m) {
  std::vector<Fixed> totals(m.size());
  for (const SparseRow& row : m) {
    for (const SparseEntry& e : row) totals[e.column] += e.value;
  }
  divide_columns_by(m, totals);
}

void scale_columns_to_one(SparseMatrix& m) {
  std::vector<Fixed> largest(m.size());
  for (const SparseRow& row : m) {
    for (const SparseEntry& e : row) largest[e.column] = std::max(largest[e.column], e.value);
  }
  divide_columns_by(m, largest);
}

std::vector<Fixed> row_sums(const SparseMatrix& m) {
  std::vector<Fixed> totals(m.size());
  for (size_t i = 0; i < m.size(); ++i) {
    for (const SparseEntry& e : m[i]) totals[i] += e.value;
  }
  return totals;
}

std::vector<Fixed> weighted_column_sums(const SparseMatrix& m, std::span<const Fixed> row_weights) {
  std::vector<Fixed> totals(m.size());
  for (size_t i = 0; i < m.size(); ++i) {
    for (const SparseEntry& e : m[i]) totals[e.column] += row_weights[i] * e.value;
  }
  return totals;
}

std::vector<Fixed> weighted_row_sums(const SparseMatrix& m, std::span<const Fixed> column_weights) {
  std::vector<Fixed> totals(m.size());
  for (size_t i = 0; i < m.size(); ++i) {
    for (const SparseEntry& e : m[i]) totals[i] += e.value * column_weights[e.column];
  }
  return totals;
}

void scale_rows(SparseMatrix& m, std::span<const Fixed> factors) {
  for (size_t i = 0; i < m.size(); ++i) {
    for (SparseEntry& e : m[i]) e.value = e.value * factors[i];
  }
}

SparseMatrix clip_columns(const SparseMatrix& m, std::span<const Fixed> limits) {
  SparseMatrix clipped(m.size());
  for (size_t i = 0; i < m.size(); ++i) {
    clipped[i].reserve(m[i].size());
    for (const SparseEntry& e : m[i]) {
      const Fixed limit = limits[e.column];
      if (limit >= e.value) {
        clipped[i].push_back(e);
      } else if (limit > Fixed{}) {
        clipped[i].push_back({e.column, limit});
      }
    }
  }
  return clipped;
}

SparseMatrix interpolate(const SparseMatrix& a, const SparseMatrix& b, Fixed ratio) {
  if (ratio == Fixed{}) return a;
  if (ratio == kOne) return b;
  return combine_positive(a, b, [&](Fixed x, Fixed y) { return x + ratio * (y - x); });
}

SparseMatrix moving_average(const SparseMatrix& fresh, const SparseMatrix& old, Fixed alpha) {
  const Fixed rest = kOne - alpha;
  return combine_positive(fresh, old, [&](Fixed x, Fixed y) { return alpha * x + rest * y; });
}

SparseMatrix moving_average_of_listed(const SparseMatrix& fresh, const SparseMatrix& old,
                                      const AlphaOf& alpha_of) {
  SparseMatrix result(fresh.size());
  for (size_t i = 0; i < fresh.size(); ++i) {
    result[i].reserve(fresh[i].size());
    auto before = old[i].begin();
    for (const SparseEntry& e : fresh[i]) {
      while (before != old[i].end() && before->column < e.column) ++before;
      const bool has_old = before != old[i].end() && before->column == e.column;
      const Fixed old_value = has_old ? before->value : Fixed{};
      const Fixed alpha =
          alpha_of({.row = i, .column = e.column, .fresh = e.value, .old = old_value});
      const Fixed added = std::max(alpha * e.value, Fixed{});
      const Fixed value = std::min(kOne, (kOne - alpha) * old_value + added);
      if (value > Fixed{}) result[i].push_back({e.column, value});
    }
  }
  return result;
}

}  // namespace verdict
