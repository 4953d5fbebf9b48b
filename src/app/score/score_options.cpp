#include "app/score/score_options.h"

#include <CLI/CLI.hpp>

namespace verdict {

void add_score(CLI::App& app, ScoreOptions& o) {
  CLI::App* c = app.add_subcommand("score", "The arithmetic of a competition again, or of a step");
  c->footer("Example:\n  verdict score step.json --rules reference --json");
  c->add_option("file", o.file, "A step or a sequence of steps (JSON)")->required();
  c->add_option("--rules", o.rules, "Of the competition (default: hardened)")
      ->check(CLI::IsMember({"hardened", "reference", "per-batch"}));
  c->add_option("--block", o.block, "At which the step takes place")->check(CLI::NonNegativeNumber);
  auto* fixed = c->add_option("--epsilon", o.epsilon, "A fixed epsilon");
  c->add_option("--epsilon-start", o.epsilon_start, "A linear epsilon begins here")
      ->excludes(fixed);
  c->add_option("--epsilon-end", o.epsilon_end, "and ends here")->excludes(fixed);
  c->add_option("--epsilon-blocks", o.epsilon_blocks, "after so many blocks")
      ->excludes(fixed)
      ->check(CLI::PositiveNumber);
  c->add_flag("--json", o.json, "One JSON document on stdout");
}

}  // namespace verdict
