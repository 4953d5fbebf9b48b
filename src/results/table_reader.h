// Reads the columns of one group and insists on their shapes.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "verdict/hdf5/file.h"
#include "verdict/results/content.h"

namespace verdict {

class TableReader {
 public:
  explicit TableReader(Hdf5Group group) : group_(std::move(group)) {}
  [[nodiscard]] const Hdf5Group& group() const { return group_; }

  // The labels of a dimension, whose extent the columns must have from now on.
  template <Hdf5Element T>
  [[nodiscard]] std::vector<T> axis(const std::string& name) {
    const Hdf5Dataset dataset = group_.dataset(name);
    require_axes(dataset, 1);
    extents_[name] = dataset.shape().front();
    return dataset.read<T>();
  }
  // Throws SystemError(bad_data) if the column is missing or of another type or shape.
  template <Hdf5Element T>
  [[nodiscard]] std::vector<T> column(const std::string& name,
                                      const std::vector<std::string>& axes) const {
    const Hdf5Dataset dataset = group_.dataset(name);
    require_shape(dataset, axes);
    return dataset.read<T>();
  }
  [[nodiscard]] std::vector<Status> statuses(const std::string& name,
                                             const std::string& axis) const;

 private:
  static void require_axes(const Hdf5Dataset& dataset, size_t axes);
  void require_shape(const Hdf5Dataset& dataset, const std::vector<std::string>& axes) const;
  Hdf5Group group_;
  std::map<std::string, int64_t> extents_{};
};

// The two halves of "uid:repo". Throws SystemError(bad_data) with `place` if there is no colon or
// no number.
struct ModelName {
  int64_t uid = 0;
  std::string repo{};
};
[[nodiscard]] ModelName split_label(const std::string& label, const std::string& place);

[[nodiscard]] RunInformation read_run(Hdf5Group from);

}  // namespace verdict
