#include <iostream>

#include "app/commands.h"
#include "app/follow.h"
#include "verdict/core/file.h"
#include "verdict/core/json.h"
#include "verdict/results/results_file.h"
#include "verdict/results/run_folder.h"
#include "verdict/results/tables.h"

namespace verdict {

ExitCode run_inspect(const InspectOptions& options) {
  if (options.follow) {
    const ExitCode end = follow_run(options.run, options.patience_seconds);
    if (end != ExitCode::ok) return end;
  }
  const bool folder = std::filesystem::is_directory(options.run);
  const std::filesystem::path file = folder ? RunFolder::open(options.run).results() : options.run;
  if (!file_exists(file)) {
    throw SystemError(ExitCode::io,
                      folder ? "the run in " + options.run.string() +
                                   " is not finished: run its verdict evaluate line again to go on"
                             : file.string() + " does not exist");
  }
  const ResultsContent content = read_results(file);
  if (options.json) {
    std::cout << inspect_json(content).dump(2) << "\n";
  } else {
    std::cout << results_tables(content);
  }
  return ExitCode::ok;
}

}  // namespace verdict
