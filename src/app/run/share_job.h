// The whole of a run on every rank.
#pragma once

#include <vector>

#include "app/run/job.h"
#include "app/run/share_admissions.h"
#include "verdict/comm/mpi_comm.h"

namespace verdict {

// Collective. Rank 0 verifies the shards and draws the rows: see draw_rows.
[[nodiscard]] Job share_job(const Inputs& inputs, const Admitted& admitted,
                            const EvaluateOptions& options, const MpiComm& world);

// Collective. Ends the job with exit code 64 if ranks would compute with other kernels than rank 0:
// then a row's bits would depend on who computed it.
void require_same_numerics(const Job& job, const MpiComm& world);

}  // namespace verdict
