#include "app/run/share_job.h"

#include "app/run/calibration.h"
#include "app/run/job_json.h"
#include "app/run/numerics.h"
#include "app/run/share.h"
#include "verdict/core/json.h"

namespace verdict {
namespace {

std::vector<JobCompetition> share_competitions(const Inputs& inputs, const EvaluateOptions& options,
                                               const std::vector<MachineDefaults>& machines,
                                               const MpiComm& world) {
  const std::string text = from_rank_zero(world, [&] {
    Json all = Json::array();
    for (const JobCompetition& drawn :
         draw_rows(inputs, options, machines.front(), VerifyContent::yes)) {
      all.push_back(drawn_json(drawn));
    }
    return all.dump();
  });
  const Json shared = parse_json(text);
  std::vector<JobCompetition> all;
  for (size_t c = 0; c < inputs.competitions.competitions.size(); ++c) {
    const Competition& competition = inputs.competitions.competitions[c];
    JobCompetition job{.name = competition.name,
                       .numerics = resolve_numerics(options, competition, machines[c]),
                       .sanity_generation = competition.sanity_generation};
    job.fingerprint = numerics_text(job.numerics);
    fill_from_json(job, shard_rules_of(competition), shared[c]);
    all.push_back(std::move(job));
  }
  return all;
}

// All ranks make the same plan.
MachineRates share_rates(const EvaluateOptions& options, bool gpu, const MpiComm& world) {
  const Json rates = parse_json(from_rank_zero(world, [&] {
    const MachineRates r = rates_for(options.calibration, gpu);
    return Json::array({r.flop, r.load_bytes, r.all_reduce_seconds, r.all_reduce_bytes}).dump();
  }));
  return {.flop = rates[0],
          .load_bytes = rates[1],
          .all_reduce_seconds = rates[2],
          .all_reduce_bytes = rates[3]};
}

}  // namespace

Job share_job(const Inputs& inputs, const Admitted& admitted, const EvaluateOptions& options,
              const MpiComm& world) {
  return {.competitions = share_competitions(inputs, options, admitted.machines, world),
          .models = distinct_models(inputs, admitted.admissions),
          .rates = share_rates(options, admitted.machines.front().gpu, world)};
}

void require_same_numerics(const Job& job, const MpiComm& world) {
  Json mine = Json::array();
  for (const JobCompetition& c : job.competitions) mine.push_back(c.fingerprint);
  const std::vector<std::string> all = world.all_gather(mine.dump());
  static_cast<void>(from_rank_zero(world, [&] {
    for (size_t rank = 1; rank < all.size(); ++rank) {
      if (all[rank] == all[0]) continue;
      throw SystemError(ExitCode::usage,
                        "rank " + std::to_string(rank) +
                            " would compute with other numerics than rank 0: " + all[rank] +
                            " against " + all[0] + "; use nodes of one kind");
    }
    return std::string();
  }));
}

}  // namespace verdict
