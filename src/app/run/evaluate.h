// `verdict evaluate`.
#pragma once

#include "app/run/evaluate_options.h"
#include "app/run/stop.h"
#include "verdict/comm/mpi_comm.h"
#include "verdict/core/error.h"

namespace verdict {

// Collective over all ranks of the job. Returns ExitCode::again if it was stopped before the end.
[[nodiscard]] ExitCode run_evaluate(const EvaluateOptions& options, const MpiComm& world,
                                    const StopSignal& stop);

}  // namespace verdict
