#include "app/compare/compare_options.h"

#include <CLI/CLI.hpp>

namespace verdict {

void add_compare(CLI::App& app, CompareOptions& o) {
  CLI::App* c = app.add_subcommand("compare", "What changed between two runs, on the same rows");
  c->footer("Example:\n  verdict compare runs/epoch-1 runs/epoch-2");
  c->add_option("first", o.first, "Run folder, or a results.h5")->required();
  c->add_option("second", o.second, "Run folder, or a results.h5")->required();
  c->add_flag("--allow-different-numerics", o.allow_different_numerics,
              "Compare losses of other dtypes, TP degrees, machines or versions: the differences "
              "then hold rounding, too");
  c->add_flag("--json", o.json, "One JSON document on stdout");
}

}  // namespace verdict
