// `verdict compare`.
#include <iostream>

#include "app/commands.h"
#include "app/compare/comparison.h"
#include "app/results_of.h"

namespace verdict {

ExitCode run_compare(const CompareOptions& options) {
  const Comparison comparison =
      compare_results(results_of(options.first), results_of(options.second));
  if (!options.allow_different_numerics)
    require_same_numerics(comparison, options.first.string(), options.second.string());
  if (options.json) {
    std::cout << comparison_json(comparison).dump(2, ' ', false, Json::error_handler_t::replace)
              << "\n";
  } else {
    std::cout << comparison_text(comparison);
  }
  return ExitCode::ok;
}

}  // namespace verdict
