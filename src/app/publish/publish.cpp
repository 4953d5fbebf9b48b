#include <iostream>

#include "app/commands.h"
#include "app/publish/publication_report.h"

namespace verdict {

ExitCode run_publish(const PublishOptions& options) {
  const Publication publication = read_publication(options);
  if (options.json) {
    std::cout << publication_json(publication).dump(2, ' ', false, Json::error_handler_t::replace)
              << "\n";
  } else {
    std::cout << publication_tables(publication);
  }
  bool too_soon = false;
  for (const CheckedRule& r : publication.rules) {
    if (r.outcome != RuleOutcome::broken) continue;
    if (r.rule != "rate_limit") return ExitCode::bad_data;
    too_soon = true;
  }
  return too_soon ? ExitCode::again : ExitCode::ok;
}

}  // namespace verdict
