// `verdict plan`.
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "app/commands.h"
#include "app/plan/plan_text.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

// Under a launcher every rank runs this; the first speaks for all.
bool another_rank_speaks() {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "SLURM_PROCID"}) {
    const char* text = std::getenv(name);
    if (text != nullptr && std::string_view(text) != "0") return true;
  }
  return false;
}

}  // namespace

ExitCode run_plan(const PlanOptions& options) {
  if (another_rank_speaks()) return ExitCode::ok;
  const RunPlan plan = make_run_plan(options);
  if (options.run.json) {
    // Reasons quote files of strangers: what is not UTF-8 is replaced, never thrown.
    std::cout << plan_json(plan).dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  } else {
    std::cout << plan_tables(plan);
  }
  return ExitCode::ok;
}

}  // namespace verdict
