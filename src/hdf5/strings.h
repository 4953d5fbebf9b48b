// Strings between std::string and the two ways in which HDF5 keeps them.
#pragma once

#include <hdf5.h>

#include <functional>
#include <string>
#include <vector>

#include "hdf5/check.h"
#include "verdict/hdf5/object.h"

namespace verdict {

// What H5Dread and H5Aread have in common: fills `buffer` with elements of `memory_type`.
using RawRead = std::function<herr_t(hid_t memory_type, void* buffer)>;

// Reads `count` strings of the file's type `type`, of variable or of fixed length.
[[nodiscard]] std::vector<std::string> read_strings(hid_t type, size_t count, const RawRead& read,
                                                    const std::string& place);

// The form in which variable-length strings are handed to the library. Points into `values`.
[[nodiscard]] std::vector<const char*> string_pointers(const std::vector<std::string>& values);

}  // namespace verdict
