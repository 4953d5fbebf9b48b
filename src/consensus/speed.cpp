#include "verdict/consensus/speed.h"

#include <algorithm>
#include <ctime>
#include <random>

namespace verdict {
namespace {

constexpr uint64_t kFirstBlock = 1'000'000;
constexpr uint64_t kStakeUnit = 1'000'000'000;

// One opinion of the miners, and what each validator makes of it: most entries differ a little,
// some much. std::mt19937_64 gives the same numbers everywhere, the standard distributions do not.
std::vector<StoredRow> synthetic_weights(const ConsensusLoad& load) {
  std::mt19937_64 random(1);
  std::vector<uint64_t> opinion(load.uids);
  for (uint64_t& weight : opinion) weight = random() % 60000;
  std::vector<StoredRow> rows(load.uids);
  for (uint16_t i = 0; i < load.validators; ++i) {
    for (uint16_t j = 0; j < load.uids; ++j) {
      if (i == j) continue;
      const uint64_t own = random() % 10 == 0 ? random() % 60000 : opinion[j] + random() % 500;
      rows[i].push_back({j, static_cast<uint16_t>(own)});
    }
  }
  return rows;
}

double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

SubnetState synthetic_state(const ConsensusLoad& load) {
  SubnetState state;
  state.params.yuma3 = load.yuma3;
  state.params.liquid_alpha = load.liquid_alpha;
  state.params.bonds_penalty = 32768;  // Neither end, where a step would be left out.
  state.block = kFirstBlock;
  state.emission = kStakeUnit;
  const std::vector<uint64_t> blocks(load.uids, 1);
  state.block_at_registration = blocks;
  state.last_update.assign(load.uids, kFirstBlock);
  state.validator_permit.resize(load.uids);
  state.stake.resize(load.uids);
  for (size_t i = 0; i < load.validators; ++i) {
    state.validator_permit[i] = true;
    state.stake[i] = (i + 1) * kStakeUnit;
  }
  state.weights = synthetic_weights(load);
  state.bonds.resize(load.uids);
  state.commit_block.assign(load.uids, kNoCommit);
  return state;
}

ConsensusSpeed measure_consensus(const ConsensusLoad& load) {
  SubnetState state = synthetic_state(load);
  std::vector<double> seconds;
  ConsensusSpeed speed;
  for (uint32_t epoch = 0; epoch < load.epochs; ++epoch) {
    const double start = processor_seconds();
    store(run_epoch(state), state);
    state.params.last_step_block = state.block;
    state.block += state.params.tempo;
    state.last_update.assign(state.last_update.size(), state.block);
    seconds.push_back(processor_seconds() - start);
    speed.replay_seconds += seconds.back();
  }
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  speed.epoch_seconds_median = *middle;
  speed.epoch_seconds_min = *std::min_element(seconds.begin(), seconds.end());
  speed.epoch_seconds_max = *std::max_element(seconds.begin(), seconds.end());
  return speed;
}

}  // namespace verdict
