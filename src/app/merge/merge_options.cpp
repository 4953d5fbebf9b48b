#include "app/merge/merge_options.h"

#include <CLI/CLI.hpp>

namespace verdict {

void add_merge(CLI::App& app, MergeOptions& o) {
  CLI::App* c = app.add_subcommand(
      "merge", "Several run folders of one competitions file, block and numerics into one");
  c->footer(
      "Example:\n  verdict merge runs/block-1 runs/block-2 --out runs/epoch\n"
      "The result is that of one evaluation of all their candidates. Exit code 75 if something "
      "was not evaluated yet.");
  c->add_option("runs", o.runs, "Run folders, finished or not")->required();
  c->add_option("--out", o.out, "Run folder to make")->required();
  c->add_option("--state", o.state,
                "What the last evaluation left (JSON), replaced at the very end; each of the runs "
                "must have been evaluated with a copy of it");
  c->add_flag("--json", o.json, "Print the results as one JSON document");
}

}  // namespace verdict
