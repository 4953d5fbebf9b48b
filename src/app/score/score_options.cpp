#include "app/score/score_options.h"

#include <CLI/CLI.hpp>

namespace verdict {

void add_score(CLI::App& app, ScoreOptions& o) {
  CLI::App* c = app.add_subcommand(
      "score", "The arithmetic of a run again, or of a step: what would have won if");
  c->footer("Example:\n  verdict score run --rules reference\n  verdict score step.json --json");
  c->add_option("file", o.file, "A run folder, a results.h5, or a step or sequence of steps (JSON)")
      ->required();
  c->add_option("--rules", o.rules,
                "Of the competition (default: those of the run; hardened for a step)")
      ->check(CLI::IsMember({"hardened", "reference", "per-batch"}));
  c->add_option("--block", o.block, "At which the step takes place")->check(CLI::NonNegativeNumber);
  auto* fixed = c->add_option("--epsilon", o.epsilon, "A fixed epsilon");
  c->add_option("--epsilon-start", o.epsilon_start, "A linear epsilon begins here")
      ->excludes(fixed);
  c->add_option("--epsilon-end", o.epsilon_end, "and ends here")->excludes(fixed);
  c->add_option("--epsilon-blocks", o.epsilon_blocks, "after so many blocks")
      ->excludes(fixed)
      ->check(CLI::PositiveNumber);
  c->add_option("--rows", o.rows, "Of a run: only the first so many drawn rows per task")
      ->check(CLI::PositiveNumber);
  c->add_option("--seed", o.seed, "Of a run: shuffle the drawn rows by this text before --rows");
  c->add_flag("--allow-missing-tasks", o.allow_missing_tasks,
              "Of a run: decide without the tasks that have no data");
  c->add_flag("--json", o.json, "One JSON document on stdout");
}

}  // namespace verdict
