#include "verdict/hdf5/library.h"

#include <hdf5.h>

#include <cstdlib>
#include <string_view>

namespace verdict {

void prepare_hdf5() {
  // Before the first call of the library, which reads the variable once. HDF5 1.10.8 has no other
  // way.
  constexpr const char* kLocking = "HDF5_USE_FILE_LOCKING";
  const char* now = std::getenv(kLocking);
  if (now == nullptr || std::string_view(now) != "FALSE") ::setenv(kLocking, "FALSE", 1);
  // The errors are in our exceptions; the library would print them on stderr as well.
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

std::string hdf5_version() {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  H5get_libversion(&major, &minor, &release);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release);
}

}  // namespace verdict
