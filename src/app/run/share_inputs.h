// The two input files on every rank.
#pragma once

#include "app/run/evaluate_options.h"
#include "app/run/inputs.h"
#include "verdict/comm/mpi_comm.h"

namespace verdict {

// Collective. Rank 0 reads and judges the files; every rank gets the same values.
[[nodiscard]] Inputs share_inputs(const EvaluateOptions& options, const MpiComm& world);

}  // namespace verdict
