#include "app/run/provenance.h"

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

std::string hash_of(const std::string& text) { return to_hex(sha256(text)); }

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown CPU";
}

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

Json resolved(const Job& job, const EvaluateOptions& options) {
  Json numerics = Json::array();
  for (const JobCompetition& c : job.competitions)
    numerics.push_back(parse_json(numerics_text(c.numerics)));
  return {{"rules", options.rules},
          {"allow_missing_tasks", options.allow_missing_tasks},
          {"state", options.state.empty() ? "none" : "used"},
          {"rows", options.rows ? Json(*options.rows) : Json()},
          {"model_timeout_seconds", options.model_timeout_seconds},
          {"numerics", numerics}};
}

std::string label_of(const Inputs& inputs, const JobModel& model) {
  const Candidate& c = inputs.candidates.candidates[model.candidates.front()];
  return model_label(c.uid, c.repo);
}

std::vector<RankInformation> describe_ranks(const MpiComm& world) {
  std::vector<RankInformation> ranks;
  for (const std::string& text : world.all_gather(Json::array({host_name(), cpu_name()}).dump())) {
    const Json j = parse_json(text);
    ranks.push_back({.rank = static_cast<int64_t>(ranks.size()), .host = j[0], .device = j[1]});
  }
  return ranks;
}

std::vector<UnitInformation> describe_units(const Inputs& inputs, const Job& job,
                                            const LossTable& table) {
  std::vector<UnitInformation> units;
  for (const ItemTiming& t : table.timings()) {
    const JobModel& model = job.models[t.model];
    units.push_back({.uid = inputs.candidates.candidates[model.candidates.front()].uid,
                     .competition = inputs.competitions.competitions[model.competition].name,
                     .task = job.competitions[model.competition].tasks[t.task].name,
                     .first_sample = t.samples.begin,
                     .samples = t.samples.size(),
                     .leader_rank = t.leader_rank,
                     .load_seconds = t.load_seconds,
                     .compute_seconds = t.compute_seconds});
  }
  return units;
}

}  // namespace

Json inputs_of_run(const Inputs& inputs, const Job& job, const EvaluateOptions& options) {
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
  return {{"competitions", hash_of(inputs.competitions.text)},
          {"candidates", hash_of(inputs.candidates.text)},
          {"shards", shards},
          {"models", models},
          {"options", resolved(job, options)}};
}

RunInformation describe_run(const Inputs& inputs, const Job& job, const EvaluateOptions& options,
                            const LossTable& table, const RunTimes& times, const MpiComm& world) {
  const BuildInfo build = build_info();
  RunInformation run{.loss_definition = kLossDefinition, .ranks = describe_ranks(world)};
  run.texts = {{"competitions", inputs.competitions.text},
               {"candidates", inputs.candidates.text},
               {"resolved", resolved(job, options).dump(2)},
               {"command_line", command_line()},
               {"version", build.version},
               {"git_commit", build.git_commit},
               {"git_dirty", build.git_dirty ? "true" : "false"},
               {"build", build.build_type + ", " + build.compiler},
               {"mpi", mpi_library_version()},
               {"hdf5", hdf5_version()},
               {"torch", parse_json(numerics_text({}))["torch"].get<std::string>()},
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

}  // namespace verdict
