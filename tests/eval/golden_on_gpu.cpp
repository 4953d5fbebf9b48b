#include "eval/golden_place.h"
#include "verdict/comm/cuda_device.h"
#include "verdict/eval/numerics.h"

namespace verdict {
namespace {

// All ranks on the first GPU; what they say to each other goes by way of the host.
GoldenPlace first_gpu() {
  const DeviceFacts facts = cuda_facts(0);
  if (facts.gpus.empty()) return {.missing = "this machine has no GPU: " + facts.problem};
  load_cuda_library();
  set_up_compute({});
  set_up_gpu_compute();  // As a run does: without it cuBLAS may choose other bits.
  open_cuda_device(0);
  return {.device = at::Device(at::kCUDA, 0), .path = {.kind = TensorPath::Kind::staged}};
}

}  // namespace

const GoldenPlace& golden_place() {
  static const GoldenPlace place = first_gpu();
  return place;
}

}  // namespace verdict
