// What fixes the bits on this process, and the text that says so.
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <malloc.h>
#include <torch/headeronly/version.h>

#include "verdict/core/json.h"
#include "verdict/eval/session.h"

namespace verdict {

void set_up_compute(const Numerics& numerics) {
  at::set_num_threads(numerics.threads);
  at::globalContext().setFloat32MatmulPrecision("highest");
  constexpr int kLargest = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kLargest);
  mallopt(M_TRIM_THRESHOLD, kLargest);
}

std::string numerics_text(const Numerics& numerics) {
  Json text;
  text["dtype"] = numerics.dtype;
  text["device"] = "cpu";
  text["instruction_set"] = at::get_cpu_capability();
  text["tp"] = numerics.tp;
  text["micro_batch"] = numerics.micro_batch;
  text["threads"] = numerics.threads;
  text["products"] = "onednn-packed";
  text["attention"] = "torch-flash-cpu";
  text["collectives"] = "rank-ordered";
  text["kernels"] = 1;  // Raised whenever a change of ours may change bits.
  text["torch"] = TORCH_VERSION;
  return text.dump();
}

}  // namespace verdict
