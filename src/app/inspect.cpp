#include <iostream>

#include "app/commands.h"
#include "app/follow.h"
#include "app/results_of.h"
#include "verdict/core/json.h"
#include "verdict/results/tables.h"

namespace verdict {

ExitCode run_inspect(const InspectOptions& options) {
  if (options.follow) {
    const ExitCode end = follow_run(options.run, options.patience_seconds);
    if (end != ExitCode::ok) return end;
  }
  const ResultsContent content = results_of(options.run);
  if (options.json) {
    std::cout << inspect_json(content).dump(2) << "\n";
  } else {
    std::cout << results_tables(content);
  }
  return ExitCode::ok;
}

}  // namespace verdict
