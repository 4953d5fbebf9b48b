// Sparse matrices as the chain holds them, and its steps on them. An entry of value 0 is there all
// the same: clipping may leave it, and liquid alpha asks for what is there.
// Source: opentensor/subtensor, pallets/subtensor/src/epoch/math.rs.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "verdict/consensus/fixed.h"

namespace verdict {

struct SparseEntry {
  uint16_t column = 0;
  Fixed value{};
};
using SparseRow = std::vector<SparseEntry>;   // Ascending columns, each once.
using SparseMatrix = std::vector<SparseRow>;  // One row per uid; as many columns as rows.

[[nodiscard]] Fixed sum(std::span<const Fixed> values);

// Each value through `total`; unchanged where that is 0.
void divide_by(std::vector<Fixed>& values, Fixed total);
// Through their sum.
void normalise(std::vector<Fixed>& values);

// Each row, or each column, through its sum.
void normalise_rows(SparseMatrix& m);
void normalise_columns(SparseMatrix& m);
// Each column through its largest entry.
void scale_columns_to_one(SparseMatrix& m);

[[nodiscard]] std::vector<Fixed> row_sums(const SparseMatrix& m);
// Σ_i weight_i × m_ij for each column j.
[[nodiscard]] std::vector<Fixed> weighted_column_sums(const SparseMatrix& m,
                                                      std::span<const Fixed> row_weights);
// Σ_j m_ij × weight_j for each row i.
[[nodiscard]] std::vector<Fixed> weighted_row_sums(const SparseMatrix& m,
                                                   std::span<const Fixed> column_weights);

void scale_rows(SparseMatrix& m, std::span<const Fixed> factors);

// Entries above the limit of their column become that limit, or vanish if it is 0.
[[nodiscard]] SparseMatrix clip_columns(const SparseMatrix& m, std::span<const Fixed> limits);

// a + ratio × (b − a), entries above 0 only; a itself for ratio 0, b itself for 1.
[[nodiscard]] SparseMatrix interpolate(const SparseMatrix& a, const SparseMatrix& b, Fixed ratio);

// alpha × fresh + (1 − alpha) × old, entries above 0 only.
[[nodiscard]] SparseMatrix moving_average(const SparseMatrix& fresh, const SparseMatrix& old,
                                          Fixed alpha);

struct Pair {
  size_t row = 0;
  uint16_t column = 0;
  Fixed fresh{};
  Fixed old{};
};
using AlphaOf = std::function<Fixed(const Pair&)>;

// The same with an alpha for each pair, at most 1, and only where `fresh` has an entry: what is in
// `old` alone is dropped, as the chain does.
[[nodiscard]] SparseMatrix moving_average_of_listed(const SparseMatrix& fresh,
                                                    const SparseMatrix& old,
                                                    const AlphaOf& alpha_of);

}  // namespace verdict
