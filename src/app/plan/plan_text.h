// A plan for people, and for machines.
#pragma once

#include <string>

#include "app/plan/run_plan.h"
#include "verdict/core/json.h"

namespace verdict {

[[nodiscard]] std::string plan_tables(const RunPlan& plan);
[[nodiscard]] Json plan_json(const RunPlan& plan);

}  // namespace verdict
