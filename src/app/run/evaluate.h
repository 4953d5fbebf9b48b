// `verdict evaluate`.
#pragma once

#include "app/options.h"
#include "verdict/comm/mpi_comm.h"
#include "verdict/core/error.h"

namespace verdict {

// Collective over all ranks of the job.
[[nodiscard]] ExitCode run_evaluate(const EvaluateOptions& options, const MpiComm& world);

}  // namespace verdict
