// Where the numbers came from: /run of results.h5, and what must not change between two starts of a
// run.
#pragma once

#include <string>
#include <vector>

#include "app/run/evaluate_options.h"
#include "app/run/inputs.h"
#include "app/run/job.h"
#include "app/run/losses.h"
#include "app/run/run_description.h"
#include "app/run/run_device.h"
#include "verdict/comm/mpi_comm.h"
#include "verdict/core/json.h"
#include "verdict/results/content.h"

namespace verdict {

[[nodiscard]] std::string processor_name();

// Names and hashes of everything that a run's results depend on; the same on every rank and for
// every number of ranks.
[[nodiscard]] Json inputs_of_run(const Inputs& inputs, const Job& job,
                                 const EvaluateOptions& options);

// Collective (hosts of all ranks).
[[nodiscard]] RunInformation describe_run(const Inputs& inputs, const Job& job,
                                          const EvaluateOptions& options, const LossTable& table,
                                          const RunTimes& times, const RunDevice& device,
                                          const MpiComm& world);

}  // namespace verdict
