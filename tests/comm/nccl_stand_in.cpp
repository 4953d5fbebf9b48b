// Stands in for libnccl in the test program that is linked with it: the same C functions, which do
// as the script says. Every rank is taken to hold what this one holds.
#include "comm/nccl_stand_in.h"

#include <cstring>
#include <sstream>

namespace verdict {

NcclScript& nccl_script() {
  static NcclScript script;
  return script;
}

namespace {

ncclResult_t noted(const std::string& function, const std::string& arguments = "") {
  NcclScript& script = nccl_script();
  script.calls.push_back(function + arguments);
  auto& results = script.results[function];
  if (results.empty()) return ncclSuccess;
  const ncclResult_t result = results.front();
  results.pop_front();
  return result;
}

std::string described(size_t count, ncclDataType_t type, cudaStream_t stream) {
  std::ostringstream text;
  text << " " << count << " of type " << type << " on " << reinterpret_cast<uintptr_t>(stream);
  return text.str();
}

ncclComm_t some_communicator() {
  static char place;
  return reinterpret_cast<ncclComm_t>(&place);
}

size_t size_of(ncclDataType_t type) { return type == ncclInt64 || type == ncclFloat64 ? 8 : 4; }

}  // namespace
}  // namespace verdict

using verdict::described;
using verdict::nccl_script;
using verdict::noted;

extern "C" {

ncclResult_t ncclGetVersion(int* version) {
  *version = 22809;
  return ncclSuccess;
}
const char* ncclGetErrorString(ncclResult_t result) {
  return result == ncclRemoteError ? "remote process exited" : "some NCCL error";
}
const char* ncclGetLastError(ncclComm_t) { return nccl_script().last_error.c_str(); }

ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  std::memset(id->internal, 'v', sizeof id->internal);
  id->internal[5] = '\0';  // Bytes, not text.
  return noted("ncclGetUniqueId");
}

ncclResult_t ncclCommInitRankConfig(ncclComm_t* comm, int ranks, ncclUniqueId id, int rank,
                                    ncclConfig_t* config) {
  *comm = verdict::some_communicator();
  nccl_script().ranks = ranks;
  nccl_script().blocking = config->blocking;
  nccl_script().unique_ids.emplace_back(id.internal, sizeof id.internal);
  return noted("ncclCommInitRankConfig", std::string(" ").append(std::to_string(rank)));
}

ncclResult_t ncclCommGetAsyncError(ncclComm_t, ncclResult_t* state) {
  auto& script = nccl_script();
  ++script.states_asked;
  *state = script.states.front();
  if (script.states.size() > 1) script.states.pop_front();
  return ncclSuccess;
}

ncclResult_t ncclAllReduce(const void* send, void* receive, size_t count, ncclDataType_t type,
                           ncclRedOp_t op, ncclComm_t, cudaStream_t stream) {
  if (type == ncclFloat32 && op == ncclSum) {
    for (size_t i = 0; i < count; ++i) {
      static_cast<float*>(receive)[i] = static_cast<const float*>(send)[i] *
                                        static_cast<float>(nccl_script().ranks) *
                                        nccl_script().sum_factor;
    }
  }
  return noted("ncclAllReduce", described(count, type, stream));
}

ncclResult_t ncclAllGather(const void* send, void* receive, size_t count, ncclDataType_t type,
                           ncclComm_t, cudaStream_t stream) {
  const size_t bytes = count * verdict::size_of(type);
  for (int r = 0; r < nccl_script().ranks; ++r) {
    char* place = static_cast<char*>(receive) + static_cast<size_t>(r) * bytes;
    std::memcpy(place, send, bytes);
    if (type != ncclFloat32) continue;
    for (size_t i = 0; i < count; ++i)
      reinterpret_cast<float*>(place)[i] += nccl_script().step_of_ranks * static_cast<float>(r);
  }
  return noted("ncclAllGather", described(count, type, stream));
}

ncclResult_t ncclBroadcast(const void*, void*, size_t count, ncclDataType_t type, int root,
                           ncclComm_t, cudaStream_t stream) {
  return noted("ncclBroadcast",
               std::string(" from ").append(std::to_string(root)) + described(count, type, stream));
}

ncclResult_t ncclCommFinalize(ncclComm_t) { return noted("ncclCommFinalize"); }
ncclResult_t ncclCommDestroy(ncclComm_t) { return noted("ncclCommDestroy"); }
ncclResult_t ncclCommAbort(ncclComm_t) { return noted("ncclCommAbort"); }

}  // extern "C"
