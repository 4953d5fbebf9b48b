#include "app/run/provenance.h"

#include <fstream>

#include "verdict/eval/numerics.h"

namespace verdict {
namespace {

Json resolved(const Job& job, const EvaluateOptions& options) {
  Json numerics = Json::array();
  for (const JobCompetition& c : job.competitions) numerics.push_back(parse_json(c.fingerprint));
  return {{"rules", options.rules},
          {"allow_missing_tasks", options.allow_missing_tasks},
          {"state", options.state.empty() ? "none" : "used"},
          {"rows", options.rows ? Json(*options.rows) : Json()},
          {"model_timeout_seconds", options.model_timeout_seconds},
          {"numerics", numerics}};
}

std::vector<RankInformation> describe_ranks(const RunDevice& device, const MpiComm& world) {
  const std::string mine =
      device.gpu ? device.name + ", GPU " + std::to_string(device.index) : processor_name();
  std::vector<RankInformation> ranks;
  for (const std::string& text : world.all_gather(Json::array({host_name(), mine}).dump())) {
    const Json j = parse_json(text);
    ranks.push_back({.rank = static_cast<int64_t>(ranks.size()), .host = j[0], .device = j[1]});
  }
  return ranks;
}

}  // namespace

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown CPU";
}

Json inputs_of_run(const Inputs& inputs, const Job& job, const EvaluateOptions& options) {
  Json all = hashes_of_inputs(inputs, job);
  all["options"] = resolved(job, options);
  return all;
}

RunInformation describe_run(const Inputs& inputs, const Job& job, const EvaluateOptions& options,
                            const LossTable& table, const RunTimes& times, const RunDevice& device,
                            const MpiComm& world) {
  RunInformation run = describe_job(inputs, job, resolved(job, options), table, times);
  run.ranks = describe_ranks(device, world);
  run.texts.push_back({"mpi", mpi_library_version()});
  run.texts.push_back({"torch", parse_json(numerics_text({}))["torch"].get<std::string>()});
  if (device.gpu) {
    run.texts.push_back({"cuda", cuda_versions().runtime});
    run.texts.push_back({"driver_cuda", cuda_versions().driver});
    run.texts.push_back({"collectives", device.collectives});
  }
  return run;
}

}  // namespace verdict
