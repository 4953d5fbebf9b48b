#include "app/run/losses.h"

#include "verdict/core/error.h"

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
    generated_.push_back({.wanted = !job.competitions[model.competition].judged_tasks().empty()});
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

void LossTable::set_generated(size_t model, const GeneratedTexts& said) {
  generated_[model].said = said;
  ++generated_[model].written;
}

void LossTable::start_again(size_t model) {
  failures_[model].reset();
  generated_[model].said.reset();
  generated_[model].written = 0;
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

bool LossTable::complete() const {
  for (size_t m = 0; m < offsets_.size(); ++m) {
    if (failures_[m]) continue;
    if (generated_[m].wanted && generated_[m].written == 0) return false;
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
    if (generated_[m].written != (generated_[m].wanted ? 1 : 0)) {
      throw SystemError("the sanity generation of model " + job.models[m].content_hash +
                        " was made " + std::to_string(generated_[m].written) + " times, expected " +
                        (generated_[m].wanted ? "once" : "never"));
    }
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
