// Tensors on GPUs over MPI, by way of host memory.
#pragma once

#include <memory>

#include "verdict/comm/communicator.h"

namespace verdict {

// For tests: several ranks on one GPU, which NCCL forbids. Each call copies to pinned host memory,
// goes through `over_host`, and copies back, in the current stream's order; it returns when done.
// Semantics are those of `over_host`: sums in rank order, bfloat16 rounded once, NaN wins a
// maximum.
[[nodiscard]] std::unique_ptr<Communicator> make_staged_communicator(
    std::unique_ptr<Communicator> over_host);

}  // namespace verdict
