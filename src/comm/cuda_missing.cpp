// In place of cuda_device.cpp and nccl_communicator.cpp in a build without CUDA.
#include "verdict/comm/cuda_device.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

constexpr const char* kProblem = "this build computes on CPU only";

[[noreturn]] void refuse() { throw SystemError(ExitCode::usage, kProblem); }

}  // namespace

DeviceFacts cuda_facts(int) { return {.host = host_name(), .problem = kProblem}; }
CudaVersions cuda_versions() { return {}; }
void load_cuda_library() { refuse(); }
void open_cuda_device(int) { refuse(); }
std::shared_ptr<void> pin_host_memory(std::span<std::byte>) { refuse(); }
NcclDevice nccl_device(int) { refuse(); }
std::string fix_nccl_algorithm() { refuse(); }
std::unique_ptr<Communicator> make_nccl_communicator(const MpiComm&, NcclOptions,
                                                     std::unique_ptr<Communicator>) {
  refuse();
}

}  // namespace verdict
