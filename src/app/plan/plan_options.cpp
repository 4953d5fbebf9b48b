#include "app/plan/plan_options.h"

#include <CLI/CLI.hpp>

namespace verdict {

void add_plan(CLI::App& app, PlanOptions& o) {
  CLI::App* c = app.add_subcommand(
      "plan", "Who would do what, memory per rank and predicted time; loads no weights");
  c->footer(
      "Example:\n  verdict plan --competitions competitions.toml --candidates candidates.json "
      "--ranks 8 --gpu-memory 80GiB");
  add_run_options(*c, o.run);
  c->add_option("--ranks", o.ranks, "Ranks of the job (under a launcher: its; else 1)")
      ->check(CLI::Range(1, 1 << 20));
  c->add_option("--ranks-per-node", o.ranks_per_node, "Of these on each node (all)")
      ->check(CLI::Range(1, 1 << 20));
  c->add_option("--gpu-memory", o.gpu_memory,
                "Plan for ranks with a GPU of so many bytes each: 85899345920, 80GiB or 80GB")
      ->transform(CLI::AsSizeValue(true));
  c->add_option("--tflops", o.tflops,
                "What a rank computes, 10^12 floating point operations a second, for the predicted "
                "time")
      ->check(CLI::PositiveNumber);
}

}  // namespace verdict
