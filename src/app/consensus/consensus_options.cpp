#include "app/consensus/consensus_options.h"

#include <CLI/CLI.hpp>

namespace verdict {

void add_consensus(CLI::App& app, ConsensusOptions& o) {
  CLI::App* c = app.add_subcommand(
      "consensus", "What the chain's Yuma Consensus makes of the validators' weights");
  c->footer(
      "Examples:\n  verdict consensus epoch.json\n  verdict consensus alice/weights.json "
      "bob/weights.json --stakes stakes.json\nThe second says whether operators agree, and what "
      "disagreeing costs them.");
  c->add_option("files", o.files,
                "State of a subnet (JSON); with --stakes the weights.json of the operators")
      ->required();
  c->add_option("--stakes", o.stakes, "Who set which weights, and with how much stake (JSON)");
  c->add_flag("--json", o.json, "One JSON document on stdout");
}

}  // namespace verdict
