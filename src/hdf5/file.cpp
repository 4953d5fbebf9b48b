#include "verdict/hdf5/file.h"

#include "hdf5/check.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/hdf5/library.h"

namespace verdict {
namespace {

Hdf5Handle creation_properties(const std::string& name) {
  constexpr unsigned kOrder = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
  Hdf5Handle properties(
      checked(H5Pcreate(H5P_FILE_CREATE), Doing::building, name, "set properties"), H5Pclose);
  const hid_t id = properties.get();
  checked(H5Pset_link_creation_order(id, kOrder), Doing::building, name,
          "track the order of links");
  checked(H5Pset_attr_creation_order(id, kOrder), Doing::building, name,
          "track the order of attributes");
  checked(H5Pset_obj_track_times(id, false), Doing::building, name, "switch times off");
  return properties;
}

Hdf5Handle memory_access(const std::string& name) {
  constexpr size_t kGrowBy = size_t{1} << 16;
  Hdf5Handle properties(
      checked(H5Pcreate(H5P_FILE_ACCESS), Doing::building, name, "set properties"), H5Pclose);
  checked(H5Pset_fapl_core(properties.get(), kGrowBy, false), Doing::building, name,
          "keep it in memory");
  checked(H5Pset_libver_bounds(properties.get(), H5F_LIBVER_EARLIEST, H5F_LIBVER_V110),
          Doing::building, name, "bound the format's version");
  return properties;
}

}  // namespace

Hdf5File Hdf5File::open(const std::filesystem::path& path) {
  prepare_hdf5();
  const std::string name = path.string();
  (void)open_for_reading(path);  // For the operating system's own words if it is not there.
  if (checked(H5Fis_hdf5(name.c_str()), Doing::reading, name, "open it") == 0) {
    throw SystemError(ExitCode::bad_data, name + ": expected an HDF5 file, found something else");
  }
  return {
      {checked(H5Fopen(name.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), Doing::reading, name, "open it"),
       H5Fclose},
      name};
}

Hdf5File Hdf5File::create_in_memory(const std::string& name) {
  prepare_hdf5();
  const Hdf5Handle creation = creation_properties(name);
  const Hdf5Handle access = memory_access(name);
  return {{checked(H5Fcreate(name.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()),
                   Doing::building, name, "create it"),
           H5Fclose},
          name};
}

Hdf5Group Hdf5File::root() const {
  return {
      {checked(H5Gopen2(handle_.get(), "/", H5P_DEFAULT), Doing::reading, name_, "open its root"),
       H5Gclose},
      name_ + ": /"};
}

std::string Hdf5File::bytes() const {
  checked(H5Fflush(handle_.get(), H5F_SCOPE_GLOBAL), Doing::building, name_, "flush it");
  const ssize_t size = checked(H5Fget_file_image(handle_.get(), nullptr, 0), Doing::building, name_,
                               "learn its size");
  std::string image(static_cast<size_t>(size), '\0');
  checked(H5Fget_file_image(handle_.get(), image.data(), image.size()), Doing::building, name_,
          "copy it");
  return image;
}

}  // namespace verdict
