#include "app/run/agenda.h"

#include <algorithm>

#include "verdict/core/error.h"
#include "verdict/partition/cost.h"

namespace verdict {

std::vector<CandidateWork> all_work(const Job& job) {
  std::vector<CandidateWork> work;
  for (size_t m = 0; m < job.models.size(); ++m) {
    work.push_back({.candidate = static_cast<int64_t>(m),
                    .load_seconds = predicted_load_seconds(job.models[m].shape, job.rates),
                    .items = items_of(job, m)});
    longest_items_first(work.back().items);
  }
  return work;
}

bool has_items(const std::vector<CandidateWork>& work) {
  return std::any_of(work.begin(), work.end(),
                     [](const CandidateWork& w) { return !w.items.empty(); });
}

Agenda find_open(const Job& job, const std::vector<CandidateWork>& wanted,
                 const JournalContent& journal, const LossTable& table) {
  Agenda agenda;
  std::set<std::string> keys;
  for (const CandidateWork& w : wanted) {
    const auto m = static_cast<size_t>(w.candidate);
    CandidateWork now{.candidate = w.candidate, .load_seconds = w.load_seconds};
    CandidateWork shared = now;
    for (const WorkItem& item : w.items) {
      const std::string key = key_of(job, m, item);
      if (table.failure(m) || journal.items.contains(key)) continue;
      (keys.insert(key).second ? now : shared).items.push_back(item);
    }
    agenda.now.push_back(std::move(now));
    agenda.shared.push_back(std::move(shared));
  }
  return agenda;
}

std::set<int> degrees_of(const Job& job, const std::vector<CandidateWork>& work) {
  std::set<int> degrees;
  for (const CandidateWork& w : work) {
    const JobModel& model = job.models[static_cast<size_t>(w.candidate)];
    if (!w.items.empty()) degrees.insert(job.competitions[model.competition].numerics.tp);
  }
  return degrees;
}

std::vector<CandidateWork> of_degree(const Job& job, const std::vector<CandidateWork>& work,
                                     int tp) {
  std::vector<CandidateWork> phase = work;
  for (CandidateWork& w : phase) {
    const JobModel& model = job.models[static_cast<size_t>(w.candidate)];
    if (job.competitions[model.competition].numerics.tp != tp) w.items.clear();
  }
  return phase;
}

void require_groups(const Job& job, const std::vector<Seat>& seats, bool across_nodes) {
  for (const JobModel& model : job.models) {
    const int tp = job.competitions[model.competition].numerics.tp;
    if (number_of_groups(assign_groups(seats, tp, across_nodes)) > 0) continue;
    const std::string degree = std::to_string(tp);
    throw SystemError(ExitCode::usage, "TP " + degree + " needs " + degree + " ranks" +
                                           (across_nodes ? "" : " on one node") + ", the job has " +
                                           std::to_string(seats.size()) +
                                           ": start more ranks or lower --tp" +
                                           (across_nodes ? "" : ", or give --tp-across-nodes"));
  }
}

int64_t rows_of(const std::vector<CandidateWork>& work) {
  int64_t rows = 0;
  for (const CandidateWork& w : work) {
    for (const WorkItem& item : w.items) rows += item.samples.size();
  }
  return rows;
}

}  // namespace verdict
