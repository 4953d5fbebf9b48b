// `verdict report`.
#include <iostream>

#include "app/commands.h"
#include "app/report/page.h"
#include "app/results_of.h"
#include "verdict/core/file.h"
#include "verdict/results/run_folder.h"

namespace verdict {

ExitCode run_report(const ReportOptions& options) {
  const ResultsContent content = results_of(options.run);
  const bool folder = std::filesystem::is_directory(options.run);
  if (!folder && options.out.empty()) {
    throw SystemError(ExitCode::usage,
                      "-o: say where the page of " + options.run.string() + " goes");
  }
  const std::filesystem::path events =
      folder ? RunFolder::open(options.run).events() : std::filesystem::path();
  const std::filesystem::path out =
      options.out.empty() ? RunFolder::open(options.run).report() : options.out;
  write_atomically(out, report_page(content, read_timeline(events)));
  std::cout << "wrote " << out.string() << "\n";
  return ExitCode::ok;
}

}  // namespace verdict
