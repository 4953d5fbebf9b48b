#include "app/run/losses.h"

#include <algorithm>
#include <tuple>

#include "verdict/core/error.h"
#include "verdict/core/json.h"

namespace verdict {

LossTable::LossTable(const Job& job) : failures_(job.models.size()) {
  size_t next = 0;
  for (const JobModel& model : job.models) {
    std::vector<size_t> offsets;
    for (const int64_t samples : job.competitions[model.competition].samples()) {
      offsets.push_back(next);
      next += static_cast<size_t>(samples);
    }
    offsets_.push_back(std::move(offsets));
  }
  nll_.assign(next, 0.0);
  targets_.assign(next, 0);
  written_.assign(next, 0);
}

size_t LossTable::cell(size_t model, size_t task, int64_t sample) const {
  return offsets_[model][task] + static_cast<size_t>(sample);
}

void LossTable::set(size_t model, size_t task, int64_t sample, double nll, int64_t targets) {
  const size_t at = cell(model, task, sample);
  nll_[at] = nll;
  targets_[at] = targets;
  ++written_[at];
}

void LossTable::start_again(size_t model) {
  failures_[model].reset();
  const size_t begin = offsets_[model].front();
  const size_t end = model + 1 < offsets_.size() ? offsets_[model + 1].front() : written_.size();
  for (size_t at = begin; at < end; ++at) {
    nll_[at] = 0;
    targets_[at] = 0;
    written_[at] = 0;
  }
}

void LossTable::fail(size_t model, const ModelFailure& failure) { failures_[model] = failure; }

double LossTable::nll(size_t model, size_t task, int64_t sample) const {
  return nll_[cell(model, task, sample)];
}

int64_t LossTable::targets(size_t model, size_t task, int64_t sample) const {
  return targets_[cell(model, task, sample)];
}

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

bool LossTable::complete() const {
  for (size_t m = 0; m < offsets_.size(); ++m) {
    if (failures_[m]) continue;
    const size_t end = m + 1 < offsets_.size() ? offsets_[m + 1].front() : written_.size();
    for (size_t at = offsets_[m].front(); at < end; ++at) {
      if (written_[at] == 0) return false;
    }
  }
  return true;
}

void LossTable::require_complete(const Job& job) const {
  for (size_t m = 0; m < job.models.size(); ++m) {
    if (failures_[m]) continue;
    const JobCompetition& competition = job.competitions[job.models[m].competition];
    for (size_t t = 0; t < competition.tasks.size(); ++t) {
      for (int64_t s = 0; s < static_cast<int64_t>(competition.tasks[t].rows.size()); ++s) {
        const int64_t times = written_[cell(m, t, s)];
        if (times == 1) continue;
        throw SystemError("model " + job.models[m].content_hash + ", task '" +
                          competition.tasks[t].name + "', sample " + std::to_string(s) +
                          " was evaluated " + std::to_string(times) + " times, expected once");
      }
    }
  }
}

}  // namespace verdict
