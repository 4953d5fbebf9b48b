// /run of results.h5 as far as it does not depend on who computed.
#pragma once

#include <string>

#include "app/run/inputs.h"
#include "app/run/job.h"
#include "app/run/losses.h"
#include "verdict/core/json.h"
#include "verdict/results/content.h"

namespace verdict {

struct RunTimes {
  std::string start{};  // ISO 8601, UTC.
  std::string end{};
};

// What inputs.json says of competitions, candidates, shards and models: their SHA-256.
[[nodiscard]] Json hashes_of_inputs(const Inputs& inputs, const Job& job);

// Everything but ranks, MPI and torch. `resolved`: the options that count.
[[nodiscard]] RunInformation describe_job(const Inputs& inputs, const Job& job,
                                          const Json& resolved, const LossTable& table,
                                          const RunTimes& times);

}  // namespace verdict
