// Datasets: columns and tables with dimension scales.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "verdict/core/range.h"
#include "verdict/hdf5/object.h"

namespace verdict {

// How a dataset lies in the file. Without a chunk shape it is contiguous and nothing else applies.
struct Hdf5Layout {
  std::vector<int64_t> chunk{};  // One extent per axis.
  int deflate = 0;               // 0: off, else 1 to 9; always behind the shuffle filter.
  bool fletcher32 = false;
};

class Hdf5Dataset : public Hdf5Object {
 public:
  Hdf5Dataset(Hdf5Handle handle, std::string place)
      : Hdf5Object(std::move(handle), std::move(place)) {}

  [[nodiscard]] std::vector<int64_t> shape() const;  // Empty for a scalar.
  [[nodiscard]] std::vector<int64_t> chunk() const;  // Empty if it is not chunked.
  // "uint32", "int64", "float64", "string", …: the type in the file.
  [[nodiscard]] std::string type_name() const;

  // Everything, in row-major order. Numbers are converted to T within their kind (integer or
  // floating point).
  template <Hdf5Element T>
  [[nodiscard]] std::vector<T> read() const {
    return read_selection<T>(std::nullopt);
  }
  // The rows [begin, end) of the first axis, whole in the others.
  template <Hdf5Element T>
  [[nodiscard]] std::vector<T> read_rows(Range rows) const {
    return read_selection<T>(rows);
  }

  // Makes this one-axis dataset the scale of a dimension of this name.
  void make_scale(const std::string& name);
  // Attaches `scale` to axis `axis` of this dataset.
  void attach_scale(int64_t axis, Hdf5Dataset& scale);

 private:
  template <Hdf5Element T>
  [[nodiscard]] std::vector<T> read_selection(std::optional<Range> rows) const;
};

}  // namespace verdict
