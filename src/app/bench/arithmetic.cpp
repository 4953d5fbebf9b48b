#include "app/bench/arithmetic.h"

#include "app/bench/metrics.h"
#include "verdict/competition/scoring_benchmark.h"
#include "verdict/consensus/speed.h"

namespace verdict {

void bench_arithmetic(int rounds) {
  const ScoringSize size;
  std::vector<double> scoring;
  for (int round = 0; round < rounds; ++round)
    scoring.push_back(1e3 * scoring_seconds(size, /*rounds=*/1));
  print_metric("scoring_milliseconds", summarize(scoring), "ms",
               {{"n", rounds},
                {"aim", 50},
                {"candidates", size.models},
                {"tasks", size.tasks},
                {"rows", size.rows}});
  const ConsensusLoad load;
  const ConsensusSpeed speed = measure_consensus(load);
  const Json context{{"uids", load.uids}, {"validators", load.validators}};
  Json epoch = context;
  epoch.update({{"n", load.epochs}, {"aim", 5}});
  print_metric("consensus_epoch_milliseconds",
               {.median = 1e3 * speed.epoch_seconds_median,
                .low = 1e3 * speed.epoch_seconds_min,
                .high = 1e3 * speed.epoch_seconds_max},
               "ms", epoch);
  Json replay = context;
  replay.update({{"n", 1}, {"aim", 10}, {"epochs", load.epochs}});
  print_metric("consensus_replay_seconds", summarize({speed.replay_seconds}), "s", replay);
}

}  // namespace verdict
