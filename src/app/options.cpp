#include "app/options.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "app/completion.h"
#include "verdict/core/error.h"
#include "verdict/core/version.h"

namespace verdict {
namespace {

std::string version_line() {
  const BuildInfo b = build_info();
  return "verdict " + b.version + " (" + b.git_commit.substr(0, 12) +
         (b.git_dirty ? "+changes" : "") + ", " + b.compiler + ", " + b.build_type +
         (b.cuda == "none" ? "" : ", " + b.cuda) + ")";
}

void add_check(CLI::App& app, CheckOptions& o) {
  CLI::App* c =
      app.add_subcommand("check", "Every check of a submission that needs no forward pass");
  c->footer(
      "Example:\n  verdict check models/ns--name --competitions competitions.toml --competition "
      "14B\nExit code 65 if "
      "a check fails.");
  c->add_option("folders", o.folders, "Model folders")->required();
  c->add_option("--competitions", o.competitions, "Competitions (TOML)")->required();
  c->add_option("--competition", o.competition, "Name or id")->required();
  c->add_option("--block", o.block, "Rules in force at this block (default: the latest)");
  c->add_option("--model-root", o.model_root,
                "Symbolic links of models may point below this folder");
  c->add_flag("--json", o.json, "One JSON document on stdout");
}

void add_inspect(CLI::App& app, InspectOptions& o) {
  CLI::App* c = app.add_subcommand("inspect", "Winners, margins, losses and failures of a run");
  c->footer("Examples:\n  verdict inspect run\n  verdict inspect --follow run");
  c->add_option("run", o.run, "Run folder, or a results.h5")->required();
  CLI::Option* follow =
      c->add_flag("--follow", o.follow, "Show how far the run is until it ends, then its tables");
  c->add_option("--patience", o.patience_seconds, "Seconds to wait for a run that has not begun")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber)
      ->needs(follow);
  c->add_flag("--json", o.json, "One JSON document on stdout");
}

void add_synth(CLI::App& app, SynthesisOptions& o) {
  CLI::App* c =
      app.add_subcommand("synth", "A random-weight model of any implemented architecture and size");
  c->footer("Example:\n  verdict synth --like config.json --out models/random --seed 1");
  c->add_option("--like", o.like, "config.json of the model to imitate")->required();
  c->add_option("--out", o.out, "Folder to create")->required();
  c->add_option("--seed", o.seed, "The same seed gives the same bytes")->capture_default_str();
  c->add_option("--dtype", o.dtype, "Of the weights")
      ->capture_default_str()
      ->check(CLI::IsMember({"float32", "bfloat16"}));
  c->add_option("--max-shard-bytes", o.max_shard_bytes,
                "Larger models are written in several files")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
}

void add_bench(CLI::App& app, BenchOptions& o) {
  CLI::App* c = app.add_subcommand("bench", "Measure this machine: one JSON line per metric");
  c->footer(
      "Examples:\n  verdict bench --model .demo/models/smollm2-135m --python .venv/bin/python\n"
      "  mpirun -n 4 verdict bench");
  c->add_option(
      "--model", o.model,
      "Model folder; without it scoring and consensus are measured, under mpirun the dispatcher");
  c->add_option("--python", o.python, "Python with transformers, measured in turn with us");
  c->add_option("--length", o.length, "Tokens per row")
      ->capture_default_str()
      ->check(CLI::Range(2, 1 << 20));
  c->add_option("--rounds", o.rounds, "Measured rounds of each")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  c->add_option("--calibration", o.calibration,
                "With --model: write what the planner wants to know of this machine to this file");
  c->add_option("--device", o.device, "auto (GPUs if the ranks see them), cpu or cuda")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
  c->add_flag("--share-gpu", o.share_gpu, "For tests: several ranks may compute on one GPU");
  c->add_option("--dtype", o.dtype, "Of the body: auto (float32 on CPU, bfloat16 on GPUs)")
      ->check(CLI::IsMember({"auto", "float32", "bfloat16"}));
  c->add_option("--threads", o.threads, "Threads of each")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
}

// The options of every command, filled by the parser.
struct AllOptions {
  EvaluateOptions evaluate{};
  CheckOptions check{};
  InspectOptions inspect{};
  SynthesisOptions synth{};
  BenchOptions bench{};
  ScoreOptions score{};
  ConsensusOptions consensus{};
  CompletionOptions completion{};
  MergeOptions merge{};
  PlanOptions plan{};
  PublishOptions publish{};
  CompareOptions compare{};
  ReportOptions report{};
  VerifyOptions verify{};
  DoctorOptions doctor{};
};

void add_all(CLI::App& app, AllOptions& o) {
  add_evaluate(app, o.evaluate);
  add_plan(app, o.plan);
  add_check(app, o.check);
  add_inspect(app, o.inspect);
  add_merge(app, o.merge);
  add_publish(app, o.publish);
  add_compare(app, o.compare);
  add_report(app, o.report);
  add_verify(app, o.verify);
  add_score(app, o.score);
  add_consensus(app, o.consensus);
  add_synth(app, o.synth);
  add_bench(app, o.bench);
  add_doctor(app, o.doctor);
  add_completion(app, o.completion);
}

Command chosen(const CLI::App& app, const AllOptions& o) {
  if (app.got_subcommand("evaluate")) return o.evaluate;
  if (app.got_subcommand("plan")) return o.plan;
  if (app.got_subcommand("check")) return o.check;
  if (app.got_subcommand("inspect")) return o.inspect;
  if (app.got_subcommand("merge")) return o.merge;
  if (app.got_subcommand("publish")) return o.publish;
  if (app.got_subcommand("compare")) return o.compare;
  if (app.got_subcommand("report")) return o.report;
  if (app.got_subcommand("verify")) return o.verify;
  if (app.got_subcommand("score")) return o.score;
  if (app.got_subcommand("consensus")) return o.consensus;
  if (app.got_subcommand("synth")) return o.synth;
  if (app.got_subcommand("doctor")) return o.doctor;
  return o.bench;
}

}  // namespace

Command parse_command_line(int argc, char** argv) {
  CLI::App app(
      "Scores language models by their next-token loss and names one winner per competition.",
      "verdict");
  app.set_version_flag("--version", version_line());
  app.require_subcommand(1);
  AllOptions options;
  add_all(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const bool asked = e.get_exit_code() == 0;
    if (app.get_subcommands().empty() && !app.remaining().empty()) {
      std::cerr << "verdict has no command '" << app.remaining().front() << "'\n";
    }
    app.exit(e, std::cout, std::cerr);
    return NothingMore{.exit_code = asked ? 0 : static_cast<int>(ExitCode::usage)};
  }
  if (app.got_subcommand("completion")) {
    std::cout << bash_completion(app);
    return NothingMore{};
  }
  return chosen(app, options);
}

}  // namespace verdict
