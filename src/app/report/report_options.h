// `verdict report RUN -o report.html`.
#pragma once

#include <filesystem>

namespace CLI {
class App;
}

namespace verdict {

struct ReportOptions {
  std::filesystem::path run{};  // A run folder, or a results.h5.
  std::filesystem::path out{};  // Empty: report.html of the run folder.
};

void add_report(CLI::App& app, ReportOptions& options);

}  // namespace verdict
