// Groups. Links and attributes are listed in the order in which they were made; no object carries a
// time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "verdict/hdf5/dataset.h"
#include "verdict/hdf5/object.h"

namespace verdict {

class Hdf5Group : public Hdf5Object {
 public:
  Hdf5Group(Hdf5Handle handle, std::string place)
      : Hdf5Object(std::move(handle), std::move(place)) {}

  [[nodiscard]] bool has(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;  // Of all links, in order of creation.
  [[nodiscard]] Hdf5Group group(const std::string& name) const;
  [[nodiscard]] Hdf5Dataset dataset(const std::string& name) const;

  Hdf5Group create_group(const std::string& name);
  // `values` in row-major order, as many as `shape` says; an empty shape is a scalar.
  template <Hdf5Element T>
  Hdf5Dataset create_dataset(const std::string& name, const std::vector<int64_t>& shape,
                             const std::vector<T>& values, const Hdf5Layout& layout = {});
};

}  // namespace verdict
