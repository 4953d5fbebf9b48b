#include "app/run/journal_table.h"

#include <bit>

#include "verdict/core/error.h"
#include "verdict/partition/cost.h"

namespace verdict {
namespace {

constexpr int kTriesAfterTimeout = 2;

std::vector<WorkItem> all_items(const Job& job, const JobModel& model) {
  const JobCompetition& competition = job.competitions[model.competition];
  return cut_into_items(competition.samples(), competition.block(),
                        predicted_row_seconds(model.shape, competition.numerics.tp, {}));
}

// Calls `visit(item, journalled)` for each item of a model; null if the journals do not have it.
template <class Visit>
void for_each_item(const Job& job, size_t m, const JournalContent& journal, const Visit& visit) {
  for (const WorkItem& item : all_items(job, job.models[m])) {
    const auto found = journal.items.find(
        key_of(job, job.models[m], static_cast<size_t>(item.task), item.samples));
    visit(item, found == journal.items.end() ? nullptr : &found->second);
  }
}

}  // namespace

std::vector<std::pair<size_t, ModelFailure>> journalled_failures(const Job& job,
                                                                 const JournalContent& journal) {
  std::vector<std::pair<size_t, ModelFailure>> failures;
  for (size_t m = 0; m < job.models.size(); ++m) {
    int timeouts = 0;
    for (const JournalEvent& event : journal.failures_of(job.models[m].content_hash)) {
      if (event.name == "model_failed") {
        failures.push_back({m, {.status = Status::non_finite, .reason = event.reason}});
        break;
      }
      if (event.name == "timeout" && ++timeouts == kTriesAfterTimeout) {
        failures.push_back({m, {.status = Status::timeout, .reason = event.reason}});
        break;
      }
    }
  }
  return failures;
}

std::vector<CandidateWork> take_journalled(const Job& job, const JournalContent& journal,
                                           LossTable& table) {
  std::vector<CandidateWork> left;
  for (size_t m = 0; m < job.models.size(); ++m) {
    CandidateWork work{.candidate = static_cast<int64_t>(m),
                       .load_seconds = predicted_load_seconds(job.models[m].shape, {})};
    for_each_item(job, m, journal, [&](const WorkItem& item, const JournalItem* done) {
      if (done == nullptr) {
        if (!table.failure(m)) work.items.push_back(item);
        return;
      }
      for (int64_t s = item.samples.begin; s < item.samples.end; ++s) {
        const auto i = static_cast<size_t>(s - item.samples.begin);
        table.set(m, static_cast<size_t>(item.task), s, done->nll_nat[i], done->tokens[i]);
      }
    });
    left.push_back(std::move(work));
  }
  return left;
}

void require_same_as_journal(const Job& job, const LossTable& table,
                             const JournalContent& journal) {
  for (size_t m = 0; m < job.models.size(); ++m) {
    if (table.failure(m)) continue;
    for_each_item(job, m, journal, [&](const WorkItem& item, const JournalItem* done) {
      const auto task = static_cast<size_t>(item.task);
      for (int64_t s = item.samples.begin; s < item.samples.end; ++s) {
        const auto i = static_cast<size_t>(s - item.samples.begin);
        if (done != nullptr && table.targets(m, task, s) == done->tokens[i] &&
            std::bit_cast<uint64_t>(table.nll(m, task, s)) ==
                std::bit_cast<uint64_t>(done->nll_nat[i])) {
          continue;
        }
        throw SystemError(
            "model " + job.models[m].content_hash + ", task " + std::to_string(task) + ", sample " +
            std::to_string(s) +
            (done == nullptr ? " is not in the journals" : " is another number in the journals"));
      }
    });
  }
}

}  // namespace verdict
