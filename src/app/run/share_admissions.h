// Candidates checked by all ranks: each hashes whole models.
#pragma once

#include <cstdint>
#include <vector>

#include "app/run/admission.h"
#include "app/run/evaluate_options.h"
#include "app/run/inputs.h"
#include "verdict/comm/mpi_comm.h"

namespace verdict {

// Collective. What each rank of this node may use of its memory.
[[nodiscard]] uint64_t rank_memory_bytes(const MpiComm& world);

// Collective. In the order of inputs.candidates.candidates; the same on every rank.
[[nodiscard]] std::vector<Admission> admit_candidates(const Inputs& inputs,
                                                      const EvaluateOptions& options,
                                                      const MpiComm& world);

}  // namespace verdict
