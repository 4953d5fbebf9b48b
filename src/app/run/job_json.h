// The drawn rows of a competition as text, for other ranks and for the run folder.
#pragma once

#include "app/run/job.h"
#include "verdict/core/json.h"

namespace verdict {

[[nodiscard]] Json task_json(const JobTask& task);

// The tasks and the missing ones.
[[nodiscard]] Json drawn_json(const JobCompetition& competition);

// Sets tasks and missing tasks of `competition` from what drawn_json made. `rules`: of its shards.
void fill_from_json(JobCompetition& competition, const ShardRules& rules, const Json& json);

}  // namespace verdict
