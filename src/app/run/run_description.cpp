#include "app/run/run_description.h"

#include <cstdlib>
#include <fstream>

#include "verdict/core/hash.h"
#include "verdict/core/version.h"
#include "verdict/hdf5/library.h"

namespace verdict {
namespace {

constexpr const char* kLossDefinition =
    "Mean over a task's rows of (nll of the row / its targets). A row is sequence_length packed "
    "tokens without BOS; "
    "targets are its tokens 1 to L-1, EOS included; tokens see all earlier tokens of their row, "
    "across documents; "
    "window and stride are the row. nll in nat, natural logarithm of the softmax over the model's "
    "whole vocabulary, "
    "logits in float32, summed in float64 in order.";

constexpr const char* kGenerationUnit = "(sanity generation)";  // No task may be called so.

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string command_line() {
  std::ifstream file("/proc/self/cmdline");
  std::string line;
  for (std::string word; std::getline(file, word, '\0');) line += (line.empty() ? "" : " ") + word;
  return line;
}

std::string label_of(const Inputs& inputs, const JobModel& model) {
  const Candidate& c = inputs.candidates.candidates[model.candidates.front()];
  return model_label(c.uid, c.repo);
}

std::vector<UnitInformation> describe_units(const Inputs& inputs, const Job& job,
                                            const LossTable& table) {
  std::vector<UnitInformation> units;
  for (const ItemTiming& t : table.timings()) {
    const JobModel& model = job.models[t.model];
    units.push_back({.uid = inputs.candidates.candidates[model.candidates.front()].uid,
                     .competition = inputs.competitions.competitions[model.competition].name,
                     .task = t.generation ? kGenerationUnit
                                          : job.competitions[model.competition].tasks[t.task].name,
                     .first_sample = t.samples.begin,
                     .samples = t.samples.size(),
                     .leader_rank = t.leader_rank,
                     .load_seconds = t.load_seconds,
                     .compute_seconds = t.compute_seconds});
  }
  return units;
}

}  // namespace

RunInformation describe_job(const Inputs& inputs, const Job& job, const Json& resolved,
                            const LossTable& table, const RunTimes& times) {
  const BuildInfo build = build_info();
  RunInformation run{.loss_definition = kLossDefinition};
  run.texts = {{"competitions", inputs.competitions.text},
               {"candidates", inputs.candidates.text},
               {"resolved", resolved.dump(2)},
               {"command_line", command_line()},
               {"version", build.version},
               {"git_commit", build.git_commit},
               {"git_dirty", build.git_dirty ? "true" : "false"},
               {"build", build.build_type + ", " + build.compiler},
               {"hdf5", hdf5_version()},
               {"slurm_job_id", environment("SLURM_JOB_ID")},
               {"start", times.start},
               {"end", times.end}};
  run.units = describe_units(inputs, job, table);
  for (const JobCompetition& c : job.competitions) {
    for (const JobTask& t : c.tasks) {
      for (size_t i = 0; i < t.shards.size(); ++i) {
        run.shard_sha256.push_back({t.shards[i].string(), t.shard_sha256[i]});
      }
    }
  }
  for (const JobModel& m : job.models)
    run.model_sha256.push_back({label_of(inputs, m), m.content_hash});
  return run;
}

Json hashes_of_inputs(const Inputs& inputs, const Job& job) {
  // By their place in the competitions, not by path: a folder may be named in more than one way.
  Json shards = Json::object();
  for (const JobCompetition& c : job.competitions) {
    for (const JobTask& t : c.tasks) shards[c.name + "/" + t.name] = t.shard_sha256;
  }
  Json models = Json::object();
  for (const JobModel& m : job.models) {
    for (const size_t c : m.candidates) {
      models[std::to_string(inputs.candidates.candidates[c].uid)] = m.content_hash;
    }
  }
  return {{"competitions", to_hex(sha256(inputs.competitions.text))},
          {"candidates", to_hex(sha256(inputs.candidates.text))},
          {"shards", shards},
          {"models", models}};
}

}  // namespace verdict
