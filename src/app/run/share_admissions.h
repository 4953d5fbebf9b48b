// Candidates checked by all ranks: each hashes whole models.
#pragma once

#include <cstdint>
#include <vector>

#include "app/run/admission.h"
#include "app/run/evaluate_options.h"
#include "app/run/inputs.h"
#include "app/run/run_device.h"
#include "verdict/comm/mpi_comm.h"

namespace verdict {

struct Admitted {
  std::vector<Admission> admissions{};      // By candidate, in the order of the candidates file.
  std::vector<MachineDefaults> machines{};  // By competition, with the degree of its models.
};

// Collective; the same on every rank. On GPUs the degree is the smallest at which every model of a
// competition fits that fits at any, unless it is pinned or asked for; on CPU it is 1.
[[nodiscard]] Admitted admit_candidates(const Inputs& inputs, const EvaluateOptions& options,
                                        const RunDevice& device, const MpiComm& world);

}  // namespace verdict
