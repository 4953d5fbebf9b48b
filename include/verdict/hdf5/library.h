// The HDF5 library as a whole. It is not thread-safe: one thread of the process uses this module.
#pragma once

#include <string>

namespace verdict {

// Switches HDF5's file locks off for this process (a file being written is never read: it is
// renamed when complete, and some file systems have no locks at all) and its printing of errors
// too. Every open does this by itself; call it early where threads are about to start, because it
// changes the environment.
void prepare_hdf5();

// "1.10.8"
[[nodiscard]] std::string hdf5_version();

}  // namespace verdict
