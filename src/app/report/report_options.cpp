#include "app/report/report_options.h"

#include <CLI/CLI.hpp>

namespace verdict {

void add_report(CLI::App& app, ReportOptions& o) {
  CLI::App* c =
      app.add_subcommand("report", "One self-contained page with plots of a finished run");
  c->footer("Example:\n  verdict report runs/epoch-1 -o report.html");
  c->add_option("run", o.run, "Run folder, or a results.h5")->required();
  c->add_option("-o,--out", o.out, "Page to write (report.html in the run folder)");
}

}  // namespace verdict
