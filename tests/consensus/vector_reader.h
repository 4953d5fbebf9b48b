// Reads the arguments of published vectors.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "consensus/sparse.h"
#include "verdict/core/json.h"

namespace verdict::vectors {

// × 2^32, round half even.
inline Fixed from_double(double value) {
  return Fixed::from_bits(static_cast<int64_t>(std::nearbyint(std::ldexp(value, 32))));
}

inline double to_double(Fixed x) { return std::ldexp(static_cast<double>(x.bits()), -32); }

inline Fixed fixed(const Json& value) {
  if (value.is_number()) return from_double(static_cast<double>(value.get<float>()));
  if (value.contains("int")) return Fixed::whole(value["int"].get<int32_t>());
  return Fixed::from_bits(value.at("bits").get<int64_t>());
}

inline Fixed fixed_of_text(const Json& bits) {
  return Fixed::from_bits(std::stoll(bits.get<std::string>()));
}

inline std::vector<Fixed> fixed_list(const Json& list) {
  std::vector<Fixed> values;
  for (const Json& value : list) values.push_back(fixed(value));
  return values;
}

// A flat list, row by row; what is 0 is absent.
inline SparseMatrix sparse(const Json& flat, size_t rows) {
  SparseMatrix m(rows);
  const size_t columns = flat.size() / rows;
  for (size_t k = 0; k < flat.size(); ++k) {
    const Fixed value = fixed(flat[k]);
    if (value != Fixed{}) m[k / columns].push_back({static_cast<uint16_t>(k % columns), value});
  }
  return m;
}

// The inverse: what is absent is 0.
inline std::vector<Fixed> flat(const SparseMatrix& m, size_t columns) {
  std::vector<Fixed> values(m.size() * columns);
  for (size_t i = 0; i < m.size(); ++i) {
    for (const SparseEntry& e : m[i]) values[i * columns + e.column] = e.value;
  }
  return values;
}

}  // namespace verdict::vectors
