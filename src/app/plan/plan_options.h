// `verdict plan`: the options of evaluate that decide who does what, and the machine.
#pragma once

#include <cstdint>
#include <optional>

#include "app/run/evaluate_options.h"

namespace verdict {

struct PlanOptions {
  EvaluateOptions run{};
  std::optional<int> ranks{};            // Of the job; absent: the launcher's, or 1.
  std::optional<int> ranks_per_node{};   // Absent: the launcher's, or all.
  std::optional<uint64_t> gpu_memory{};  // Bytes of each rank's GPU; absent: CPUs of this node.
  double tflops = 0;                     // Of a rank, 1e12 a second; 0: what evaluate assumes.
};

void add_plan(CLI::App& app, PlanOptions& options);

}  // namespace verdict
