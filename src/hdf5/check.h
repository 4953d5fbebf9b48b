// Turns a failed call of the HDF5 library into an exception that carries the library's own words.
#pragma once

#include <hdf5.h>

#include <string>

namespace verdict {

// Whether the object belongs to a file that is read or to one that is being built.
enum class Doing { reading, building };

// `action` reads on after "cannot": "open", "read attribute 'x'". Clears the library's error stack.
[[noreturn]] void fail_hdf5(Doing doing, const std::string& place, const std::string& action);

// Returns what the call returned unless that is negative, which is how the library says that it
// failed.
template <class Result>
Result checked(Result result, Doing doing, const std::string& place, const std::string& action) {
  if (result < 0) fail_hdf5(doing, place, action);
  return result;
}

}  // namespace verdict
