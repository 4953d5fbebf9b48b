// `verdict doctor`.
#pragma once

#include "app/doctor/doctor_options.h"
#include "verdict/comm/mpi_comm.h"
#include "verdict/core/error.h"

namespace verdict {

// Collective. Rank 0 prints what all ranks have found; every rank returns the same exit code.
[[nodiscard]] ExitCode run_doctor(const DoctorOptions& options, const MpiComm& world);

}  // namespace verdict
