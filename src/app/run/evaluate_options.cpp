#include "app/run/evaluate_options.h"

#include <CLI/CLI.hpp>

namespace verdict {

void add_evaluate(CLI::App& app, EvaluateOptions& o) {
  CLI::App* c =
      app.add_subcommand("evaluate", "Score every candidate and name one winner per competition");
  c->footer(
      "Example:\n  mpirun -n 4 verdict evaluate --competitions competitions.toml --candidates "
      "candidates.json "
      "--out run --tp 2\nThe same line again goes on where the first ended.");
  add_run_options(*c, o);
  c->add_option("--out", o.out, "Run folder, on storage that every rank sees")->required();
  c->add_option("--model-timeout", o.model_timeout_seconds,
                "Seconds that one model may load, and then compute")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  c->add_option("--grace", o.grace_seconds,
                "Seconds that what is in work may take after SIGUSR1 or SIGTERM")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  c->add_option("--max-read-rate", o.max_read_bytes_per_s,
                "Bytes per second that a rank reads of weights at most, such as 200MB: for storage "
                "that others need as well (default: no limit)")
      ->transform(CLI::AsSizeValue(true))
      ->check(CLI::PositiveNumber);
  c->add_flag("!--no-load-ahead", o.load_ahead,
              "Do not read the next model while one computes: less memory, more waiting");
}

void add_run_options(CLI::App& command, EvaluateOptions& o) {
  CLI::App* c = &command;
  c->add_option("--competitions", o.competitions, "Competitions (TOML)")->required();
  c->add_option("--candidates", o.candidates, "Candidates (JSON)")->required();
  c->add_option(
      "--state", o.state,
      "What the last evaluation left (JSON), read if present and replaced at the very end");
  c->add_option("--device", o.device, "auto (GPUs if the ranks see them), cpu or cuda")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
  c->add_flag("--share-gpu", o.share_gpu,
              "For tests: several ranks may compute on one GPU; their sums go by way of the host");
  c->add_option("--dtype", o.dtype,
                "Of the body: auto (float32 on CPU, bfloat16 on GPUs), float32 or bfloat16")
      ->check(CLI::IsMember({"auto", "float32", "bfloat16"}));
  c->add_option(
      "--tp", o.tp,
      "Ranks that hold one model: auto (on CPU 1, on GPUs the fewest that can) or a number");
  c->add_flag("--tp-across-nodes", o.tp_across_nodes, "Let such a group cross nodes");
  c->add_option("--rows", o.rows, "At most so many rows per task")->check(CLI::PositiveNumber);
  c->add_option("--micro-batch", o.micro_batch, "Rows per forward pass (1)")
      ->check(CLI::PositiveNumber);
  c->add_option("--threads", o.threads,
                "Threads per rank (1); another number may change the last bits")
      ->check(CLI::Range(1, 1024));
  c->add_option(
       "--hash-cache", o.hash_cache,
       "Folder that remembers hashes of unchanged model files; auto: in your cache folder; none")
      ->capture_default_str();
  c->add_option("--rules", o.rules, "Rules of the competition")
      ->capture_default_str()
      ->check(CLI::IsMember({"hardened", "reference", "per-batch"}));
  c->add_flag("--allow-missing-tasks", o.allow_missing_tasks,
              "Decide without the tasks that have no data; otherwise their competition is void");
  c->add_option("--model-root", o.model_root,
                "Symbolic links of models may point below this folder");
  c->add_option("--calibration", o.calibration,
                "What `verdict bench --calibration` measured of such a machine: to plan with");
  c->add_flag("--json", o.json, "Print the results as one JSON document");
}

}  // namespace verdict
