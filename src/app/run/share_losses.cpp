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
  share_failures(world);
  combine_timings(world);
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
                                t.load_seconds, t.compute_seconds}));
  }
  timings_.clear();
  for (const std::string& text : world.all_gather(mine.dump())) {
    for (const Json& t : parse_json(text)) {
      timings_.push_back({.model = t[0],
                          .task = t[1],
                          .samples = {t[2].get<int64_t>(), t[3].get<int64_t>()},
                          .leader_rank = t[4],
                          .load_seconds = t[5],
                          .compute_seconds = t[6]});
    }
  }
  std::sort(timings_.begin(), timings_.end(), [](const ItemTiming& a, const ItemTiming& b) {
    return std::tie(a.model, a.task, a.samples.begin) < std::tie(b.model, b.task, b.samples.begin);
  });
}

}  // namespace verdict
