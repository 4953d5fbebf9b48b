// NCCL's results and types in our terms.
#pragma once

#include <ATen/ATen.h>
#include <nccl.h>

#include <string>

#include "verdict/core/error.h"

namespace verdict {

// Throws SystemError for a type that NCCL does not have.
[[nodiscard]] ncclDataType_t nccl_type(at::ScalarType type);

// NCCL's words for it; of `comm` also its last error, if there is a communicator.
[[nodiscard]] std::string nccl_text(ncclResult_t result, ncclComm_t comm);

// A refused layout is the user's, all else is the machine's.
[[nodiscard]] ExitCode nccl_start_code(ncclResult_t result);

}  // namespace verdict
