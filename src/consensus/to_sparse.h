// From rows as the chain stores them to rows that it computes with.
#pragma once

#include <algorithm>

#include "consensus/sparse.h"
#include "verdict/consensus/stored_row.h"

namespace verdict {

// The entries whose uid `keeps`, ascending.
template <class Keeps>
[[nodiscard]] SparseRow to_sparse(const StoredRow& stored, const Keeps& keeps) {
  SparseRow row;
  row.reserve(stored.size());
  for (const StoredEntry& e : stored) {
    if (keeps(e.uid)) row.push_back({e.uid, Fixed::whole(e.value)});
  }
  const auto by_column = [](const SparseEntry& a, const SparseEntry& b) {
    return a.column < b.column;
  };
  if (!std::is_sorted(row.begin(), row.end(), by_column)) {
    std::sort(row.begin(), row.end(), by_column);
  }
  return row;
}

}  // namespace verdict
