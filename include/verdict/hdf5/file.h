// Files: opened for reading, or built in memory and written in one piece by whoever wants the
// bytes. A full disk then meets a plain write() instead of a library that cannot close its file.
#pragma once

#include <filesystem>
#include <string>

#include "verdict/hdf5/group.h"
#include "verdict/hdf5/object.h"

namespace verdict {

class Hdf5File {
 public:
  // Read-only. Throws SystemError(io) if the file cannot be opened at all, SystemError(bad_data) if
  // it is not HDF5.
  static Hdf5File open(const std::filesystem::path& path);
  // A new file in memory; `name` is for error messages. Readable by every HDF5 since 1.10; equal
  // calls in equal order give equal bytes.
  static Hdf5File create_in_memory(const std::string& name);

  [[nodiscard]] Hdf5Group root() const;
  // The bytes of the file as it stands.
  [[nodiscard]] std::string bytes() const;

 private:
  Hdf5File(Hdf5Handle handle, std::string name)
      : handle_(std::move(handle)), name_(std::move(name)) {}
  Hdf5Handle handle_;
  std::string name_;
};

}  // namespace verdict
