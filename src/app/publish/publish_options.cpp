#include "app/publish/publish_options.h"

#include <CLI/CLI.hpp>

namespace verdict {

void add_publish(CLI::App& app, PublishOptions& o) {
  CLI::App* c = app.add_subcommand(
      "publish", "The weights of a run as they would be set, with the chain's rules checked");
  c->footer(
      "Example:\n  verdict publish run --dry-run --chain chain.json\n"
      "Exit code 65 if the chain would refuse them, 75 if only because it is too soon after the "
      "last ones. launch/chain.py writes chain.json and sends weights.");
  c->add_option("run", o.run, "Run folder")->required();
  c->add_flag("--dry-run", o.dry_run, "Needed: this program sends nothing itself")->required();
  c->add_option("--chain", o.chain, "What the chain says of the subnet and the validator (JSON)");
  c->add_option("--conversion", o.conversion,
                "How shares become what is sent; process-weights fills up, cuts and leaves out as "
                "the SDK's helper of that name does")
      ->capture_default_str()
      ->check(CLI::IsMember({"max-scale", "process-weights"}));
  c->add_option("--exclude-quantile", o.exclude_quantile,
                "With process-weights: leave out the smallest, 65535ths")
      ->capture_default_str()
      ->check(CLI::Range(0, 65535));
  c->add_flag("--json", o.json, "One JSON document on stdout");
}

}  // namespace verdict
