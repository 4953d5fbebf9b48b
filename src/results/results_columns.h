// Writes the columns of one group so that every reader understands them: scales on all axes, a long
// name, units, NaN for missing numbers, flags with their meanings.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "verdict/hdf5/file.h"

namespace verdict {

// The one way in which results say that there is no number.
[[nodiscard]] double finite_or_missing(double value);

struct Quantity {
  std::string name{};
  std::string long_name{};
  std::string units = "1";
};

class TableWriter {
 public:
  explicit TableWriter(Hdf5Group group) : group_(std::move(group)) {}
  [[nodiscard]] Hdf5Group& group() { return group_; }

  // A dimension of this group and its labels.
  template <Hdf5Element T>
  void add_axis(const Quantity& quantity, const std::vector<T>& labels);
  // A column or a matrix over dimensions of this group, row-major. Numbers that are not finite are
  // missing.
  template <Hdf5Element T>
  void add(const Quantity& quantity, const std::vector<std::string>& axes, std::vector<T> values,
           const Hdf5Layout& layout = {});
  // Small numbers that stand for words: `meanings[v]` is what v means.
  void add_flags(const Quantity& quantity, const std::vector<std::string>& axes,
                 std::vector<uint8_t> values, const std::vector<std::string>& meanings);
  // A scalar, for text of any length.
  void add_text(const Quantity& quantity, const std::string& text);

 private:
  template <Hdf5Element T>
  Hdf5Dataset create(const Quantity& quantity, const std::vector<std::string>& axes,
                     std::vector<T> values, const Hdf5Layout& layout);
  Hdf5Group group_;
  std::map<std::string, Hdf5Dataset> axes_{};
};

// One field of every row.
template <class Row, class Field>
[[nodiscard]] auto column(const std::vector<Row>& rows, Field field) {
  std::vector<std::decay_t<std::invoke_result_t<Field, const Row&>>> values;
  values.reserve(rows.size());
  for (const Row& row : rows) values.push_back(std::invoke(field, row));
  return values;
}

// One field of every cell of every row, row-major.
template <class Row, class Cell, class Field>
[[nodiscard]] auto matrix(const std::vector<Row>& rows, std::vector<Cell> Row::*cells,
                          Field field) {
  std::vector<std::decay_t<std::invoke_result_t<Field, const Cell&>>> values;
  for (const Row& row : rows) {
    for (const Cell& cell : row.*cells) values.push_back(std::invoke(field, cell));
  }
  return values;
}

}  // namespace verdict
