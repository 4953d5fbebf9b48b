#include "comm/nccl_check.h"

namespace verdict {

ncclDataType_t nccl_type(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return ncclFloat32;
    case at::kBFloat16:
      return ncclBfloat16;
    case at::kHalf:
      return ncclFloat16;
    case at::kDouble:
      return ncclFloat64;
    case at::kLong:
      return ncclInt64;
    case at::kInt:
      return ncclInt32;
    case at::kByte:
      return ncclUint8;
    case at::kChar:
      return ncclInt8;
    default:
      throw SystemError(std::string("NCCL has no type for a tensor of ") + at::toString(type));
  }
}

std::string nccl_text(ncclResult_t result, ncclComm_t comm) {
  std::string text = ncclGetErrorString(result);
  const char* last = ncclGetLastError(comm);
  if (last != nullptr && *last != '\0') text += std::string(" (") + last + ")";
  return text;
}

ExitCode nccl_start_code(ncclResult_t result) {
  return result == ncclInvalidUsage || result == ncclInvalidArgument ? ExitCode::usage
                                                                     : ExitCode::io;
}

}  // namespace verdict
