#include <algorithm>
#include <tuple>

#include "app/run/losses.h"
#include "verdict/comm/mpi_comm.h"
#include "verdict/core/json.h"

namespace verdict {

void LossTable::combine(const MpiComm& world) {
  world.all_reduce_sum(std::span<double>(nll_));
  world.all_reduce_sum(std::span<int64_t>(targets_));
  world.all_reduce_sum(std::span<int64_t>(written_));
  combine_generated(world);
  share_failures(world);
  combine_timings(world);
}

void LossTable::combine_generated(const MpiComm& world) {
  Json mine = Json::array();
  for (size_t m = 0; m < generated_.size(); ++m) {
    const Generated& g = generated_[m];
    if (g.said) mine.push_back(Json::array({m, g.written, g.said->prompt_tokens, g.said->tokens}));
    generated_[m].written = 0;
  }
  for (const std::string& text : world.all_gather(mine.dump())) {
    for (const Json& entry : parse_json(text)) {
      Generated& g = generated_[entry[0].get<size_t>()];
      g.written += entry[1].get<int64_t>();
      g.said = {.prompt_tokens = entry[2],
                .tokens = entry[3].get<std::vector<std::vector<int64_t>>>()};
    }
  }
}

// Of several failures of one model the one with the lowest status and then text stands, whoever was
// first.
void LossTable::share_failures(const MpiComm& world) {
  Json mine = Json::array();
  for (size_t m = 0; m < failures_.size(); ++m) {
    if (failures_[m])
      mine.push_back(
          Json::array({m, static_cast<int>(failures_[m]->status), failures_[m]->reason}));
  }
  for (const std::string& text :
       world.all_gather(mine.dump(-1, ' ', false, Json::error_handler_t::replace))) {
    for (const Json& entry : parse_json(text)) {
      const ModelFailure failure{.status = static_cast<Status>(entry[1].get<int>()),
                                 .reason = entry[2]};
      auto& known = failures_[entry[0].get<size_t>()];
      if (!known ||
          std::tie(failure.status, failure.reason) < std::tie(known->status, known->reason)) {
        known = failure;
      }
    }
  }
}

void LossTable::combine_timings(const MpiComm& world) {
  Json mine = Json::array();
  for (const ItemTiming& t : timings_) {
    mine.push_back(Json::array({t.model, t.task, t.samples.begin, t.samples.end, t.leader_rank,
                                t.load_seconds, t.compute_seconds, t.generation}));
  }
  timings_.clear();
  for (const std::string& text : world.all_gather(mine.dump())) {
    for (const Json& t : parse_json(text)) {
      timings_.push_back({.model = t[0],
                          .generation = t[7],
                          .task = t[1],
                          .samples = {t[2].get<int64_t>(), t[3].get<int64_t>()},
                          .leader_rank = t[4],
                          .load_seconds = t[5],
                          .compute_seconds = t[6]});
    }
  }
  std::sort(timings_.begin(), timings_.end(), [](const ItemTiming& a, const ItemTiming& b) {
    return std::tuple(a.model, !a.generation, a.task, a.samples.begin) <
           std::tuple(b.model, !b.generation, b.task, b.samples.begin);
  });
}

}  // namespace verdict
