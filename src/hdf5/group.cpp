#include "verdict/hdf5/group.h"

#include <functional>
#include <numeric>

#include "hdf5/check.h"
#include "hdf5/strings.h"
#include "hdf5/types.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

std::string child_place(const std::string& place, const std::string& name) {
  return place + (place.ends_with('/') ? "" : "/") + name;
}

constexpr unsigned kOrder = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;

Hdf5Handle group_properties(const std::string& where) {
  Hdf5Handle properties(
      checked(H5Pcreate(H5P_GROUP_CREATE), Doing::building, where, "set properties"), H5Pclose);
  checked(H5Pset_link_creation_order(properties.get(), kOrder), Doing::building, where,
          "track the order of links");
  checked(H5Pset_attr_creation_order(properties.get(), kOrder), Doing::building, where,
          "track the order of attributes");
  checked(H5Pset_obj_track_times(properties.get(), false), Doing::building, where,
          "switch times off");
  return properties;
}

Hdf5Handle dataset_properties(const Hdf5Layout& layout, const std::string& where) {
  Hdf5Handle properties(
      checked(H5Pcreate(H5P_DATASET_CREATE), Doing::building, where, "set properties"), H5Pclose);
  const hid_t id = properties.get();
  checked(H5Pset_attr_creation_order(id, kOrder), Doing::building, where,
          "track the order of attributes");
  checked(H5Pset_obj_track_times(id, false), Doing::building, where, "switch times off");
  if (layout.chunk.empty()) return properties;
  const std::vector<hsize_t> chunk(layout.chunk.begin(), layout.chunk.end());
  checked(H5Pset_chunk(id, static_cast<int>(chunk.size()), chunk.data()), Doing::building, where,
          "set the chunk");
  if (layout.deflate > 0) {
    checked(H5Pset_shuffle(id), Doing::building, where, "shuffle");
    checked(H5Pset_deflate(id, static_cast<unsigned>(layout.deflate)), Doing::building, where,
            "deflate");
  }
  if (layout.fletcher32) checked(H5Pset_fletcher32(id), Doing::building, where, "add checksums");
  return properties;
}

Hdf5Handle space_for(const std::vector<int64_t>& shape, size_t values, const std::string& where) {
  const int64_t expected =
      std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
  if (expected != static_cast<int64_t>(values)) {
    throw SystemError(where + ": its shape holds " + std::to_string(expected) + " values, " +
                      std::to_string(values) + " were given");
  }
  const std::vector<hsize_t> extents(shape.begin(), shape.end());
  return {checked(shape.empty()
                      ? H5Screate(H5S_SCALAR)
                      : H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr),
                  Doing::building, where, "make its shape"),
          H5Sclose};
}

herr_t add_name(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

}  // namespace

bool Hdf5Group::has(const std::string& name) const {
  return checked(H5Lexists(id(), name.c_str(), H5P_DEFAULT), Doing::reading, place(),
                 "look for '" + name + "'") > 0;
}

std::vector<std::string> Hdf5Group::names() const {
  std::vector<std::string> names;
  const herr_t by_order =
      H5Literate(id(), H5_INDEX_CRT_ORDER, H5_ITER_INC, nullptr, add_name, &names);
  if (by_order >= 0) return names;
  // A file of somebody else's may not track the order.
  H5Eclear2(H5E_DEFAULT);
  names.clear();
  checked(H5Literate(id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, add_name, &names), Doing::reading,
          place(), "list");
  return names;
}

Hdf5Group Hdf5Group::group(const std::string& name) const {
  const std::string where = child_place(place(), name);
  if (!has(name)) throw SystemError(ExitCode::bad_data, where + " is missing, expected a group");
  return {{checked(H5Gopen2(id(), name.c_str(), H5P_DEFAULT), Doing::reading, where,
                   "open it as a group"),
           H5Gclose},
          where};
}

Hdf5Dataset Hdf5Group::dataset(const std::string& name) const {
  const std::string where = child_place(place(), name);
  if (!has(name)) throw SystemError(ExitCode::bad_data, where + " is missing, expected a dataset");
  return {{checked(H5Dopen2(id(), name.c_str(), H5P_DEFAULT), Doing::reading, where,
                   "open it as a dataset"),
           H5Dclose},
          where};
}

Hdf5Group Hdf5Group::create_group(const std::string& name) {
  const std::string where = child_place(place(), name);
  const Hdf5Handle properties = group_properties(where);
  return {{checked(H5Gcreate2(id(), name.c_str(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
                   Doing::building, where, "create it"),
           H5Gclose},
          where};
}

template <Hdf5Element T>
Hdf5Dataset Hdf5Group::create_dataset(const std::string& name, const std::vector<int64_t>& shape,
                                      const std::vector<T>& values, const Hdf5Layout& layout) {
  const std::string where = child_place(place(), name);
  const Hdf5Handle space = space_for(shape, values.size(), where);
  const Hdf5Handle properties = dataset_properties(layout, where);
  Hdf5Dataset dataset({checked(H5Dcreate2(id(), name.c_str(), file_type<T>().get(), space.get(),
                                          H5P_DEFAULT, properties.get(), H5P_DEFAULT),
                               Doing::building, where, "create it"),
                       H5Dclose},
                      where);
  if (values.empty()) return dataset;
  const Hdf5Handle memory = memory_type<T>();
  const auto write = [&](const void* data) {
    checked(H5Dwrite(dataset.id(), memory.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, data),
            Doing::building, where, "write");
  };
  if constexpr (std::same_as<T, std::string>) {
    write(string_pointers(values).data());
  } else {
    write(values.data());
  }
  return dataset;
}

using Extents = std::vector<int64_t>;
template Hdf5Dataset Hdf5Group::create_dataset(const std::string&, const Extents&,
                                               const std::vector<uint8_t>&, const Hdf5Layout&);
template Hdf5Dataset Hdf5Group::create_dataset(const std::string&, const Extents&,
                                               const std::vector<uint16_t>&, const Hdf5Layout&);
template Hdf5Dataset Hdf5Group::create_dataset(const std::string&, const Extents&,
                                               const std::vector<uint32_t>&, const Hdf5Layout&);
template Hdf5Dataset Hdf5Group::create_dataset(const std::string&, const Extents&,
                                               const std::vector<uint64_t>&, const Hdf5Layout&);
template Hdf5Dataset Hdf5Group::create_dataset(const std::string&, const Extents&,
                                               const std::vector<int64_t>&, const Hdf5Layout&);
template Hdf5Dataset Hdf5Group::create_dataset(const std::string&, const Extents&,
                                               const std::vector<double>&, const Hdf5Layout&);
template Hdf5Dataset Hdf5Group::create_dataset(const std::string&, const Extents&,
                                               const std::vector<std::string>&, const Hdf5Layout&);

}  // namespace verdict
