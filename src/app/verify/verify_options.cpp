#include "app/verify/verify_options.h"

#include <CLI/CLI.hpp>

namespace verdict {

void add_verify(CLI::App& app, VerifyOptions& o) {
  CLI::App* c =
      app.add_subcommand("verify", "Schema and checksum of any of our files, and what it holds");
  c->footer(
      "Example:\n  verdict verify data/*.h5 runs/epoch-1\nToken shards, results.h5, weights.json, "
      "state, inputs.json, job.json, journals, events, competitions, candidates, chain, or a "
      "whole run folder. Exit code 65 if one is bad.");
  c->add_option("files", o.files, "Files, or run folders")->required();
  c->add_option("--competitions", o.competitions,
                "Competitions (TOML) that candidates are checked against");
  c->add_flag("--json", o.json, "One JSON document on stdout");
}

}  // namespace verdict
