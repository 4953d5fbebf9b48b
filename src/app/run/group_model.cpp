#include "app/run/group_model.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace verdict {

GroupModel::GroupModel(const Job& job, const WorkOptions& options, const Group& group)
    : job_(job),
      options_(options),
      group_(group),
      memory_bytes_(static_cast<uint64_t>(group.control.all_reduce_min(
          static_cast<int64_t>(std::min<uint64_t>(options.rank_memory_bytes, INT64_MAX))))),
      space_(group, options.device) {}

void GroupModel::hold(size_t model) {
  last_hold_ = {};
  if (held_ == model) return;
  const auto start = std::chrono::steady_clock::now();
  drop();  // Before the next one is read, if nobody has begun to.
  LoadedModel loaded = fetch(model);
  group_.control.barrier_patiently();  // Who is done first sleeps while the others still read.
  is_other_content_ = group_.control.all_reduce_max(loaded.is_other_content ? 1 : 0) == 1;
  session_.emplace(ModelSession::adopt(std::move(loaded), options_of(model), group_));
  held_ = model;
  last_hold_ = {
      .load_seconds = session_->load_seconds(),
      .wait_seconds =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()};
}

LoadedModel GroupModel::fetch(size_t model) {
  if (coming_ != model) {
    loader_.reset();
    coming_.reset();
    return read_model(options_of(model), group_.rank(), group_.size());
  }
  coming_.reset();
  LoadedModel loaded = loader_->take();
  loader_.reset();
  return loaded;
}

// All ranks decide the same: those of a node read the files together.
void GroupModel::prepare(size_t model) {
  if (!options_.load_ahead || !held_ || held_ == model || coming_ == model) return;
  const JobModel& held = job_.models[*held_];
  const JobModel& next = job_.models[model];
  if (std::max(held.need.total(), next.need.total()) +
          std::min(held.need.weight_bytes, next.need.weight_bytes) >
      memory_bytes_) {
    return;
  }
  loader_.reset();
  loader_.emplace(options_of(model), group_.rank(), group_.size());
  coming_ = model;
}

void GroupModel::drop() {
  session_.reset();
  held_.reset();
  // A model that another thread reads lies in another heap, where the place of this one is of no
  // use.
  malloc_trim(0);
}

SessionOptions GroupModel::options_of(size_t model) {
  const JobModel& m = job_.models[model];
  const JobCompetition& competition = job_.competitions[m.competition];
  return {.folder = m.folder,
          .model_root = options_.model_root,
          .stamps = m.stamps,
          .sums = m.sums,
          .numerics = competition.numerics,
          .device = options_.device,
          .length = competition.tasks.front().rules.sequence_length,
          .read_bytes_per_s = options_.read_bytes_per_s,
          .space = &space_};
}

}  // namespace verdict
