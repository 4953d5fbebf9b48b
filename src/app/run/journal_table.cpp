#include "app/run/journal_table.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <set>

#include "app/run/sanity.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

constexpr size_t kTries = 2;

// What says more about the moment than about the model, and is a result only when it comes again.
std::optional<Status> status_of_retried(const std::string& event) {
  if (event == "timeout") return Status::timeout;
  if (event == "oom") return Status::out_of_memory;
  if (event == "hang") return Status::hang;
  return std::nullopt;
}

// Null if the journals do not have it.
const JournalItem* find_item(const Job& job, size_t model, const WorkItem& item,
                             const JournalContent& journal) {
  const auto found = journal.items.find(key_of(job, model, item));
  return found == journal.items.end() ? nullptr : &found->second;
}

// Bit for bit.
bool same_losses(const LossTable& table, size_t model, const WorkItem& item, int64_t sample,
                 const JournalItem& done) {
  const auto task = static_cast<size_t>(item.task);
  const auto i = static_cast<size_t>(sample - item.samples.begin);
  return table.targets(model, task, sample) == done.tokens[i] &&
         std::bit_cast<uint64_t>(table.nll(model, task, sample)) ==
             std::bit_cast<uint64_t>(done.nll_nat[i]);
}

// What the journals make of the sanity generation; nothing if they do not have it.
std::optional<ModelFailure> journalled_degeneracy(const Job& job, size_t model,
                                                  const JournalContent& journal) {
  const JobCompetition& competition = job.competitions[job.models[model].competition];
  if (competition.judged_tasks().empty()) return std::nullopt;
  const JournalItem* done = find_item(job, model, {.generation = true}, journal);
  return done == nullptr ? std::nullopt : find_degeneracy(competition, *done->generated);
}

int64_t attempt_of(const JournalEvent& event) { return event.fields.value("attempt", int64_t{0}); }

}  // namespace

std::vector<std::pair<size_t, ModelFailure>> journalled_failures(const Job& job,
                                                                 const JournalContent& journal) {
  std::vector<std::pair<size_t, ModelFailure>> failures;
  for (size_t m = 0; m < job.models.size(); ++m) {
    if (const auto degenerate = journalled_degeneracy(job, m, journal)) {
      failures.emplace_back(m, *degenerate);
      continue;
    }
    const std::string& competition = job.competitions[job.models[m].competition].name;
    std::set<int64_t> tries;  // By start: several groups of one may have met it.
    for (const JournalEvent& event : journal.failures_of(job.models[m].content_hash)) {
      // The same bytes may be fast enough for the rows of one competition only.
      if (event.fields.value("competition", "") != competition) continue;
      if (event.name == "model_failed") {
        failures.push_back({m, {.status = Status::non_finite, .reason = event.reason}});
        break;
      }
      const auto status = status_of_retried(event.name);
      if (!status) continue;
      tries.insert(attempt_of(event));
      if (tries.size() == kTries) {
        failures.push_back({m, {.status = *status, .reason = event.reason}});
        break;
      }
    }
  }
  return failures;
}

std::set<size_t> suspected_models(const Job& job, const JournalContent& journal) {
  std::set<size_t> suspects;
  for (size_t m = 0; m < job.models.size(); ++m) {
    const std::string& competition = job.competitions[job.models[m].competition].name;
    for (const JournalEvent& event : journal.failures_of(job.models[m].content_hash)) {
      if (event.fields.value("competition", "") != competition) continue;
      if (event.name == "oom" || event.name == "hang") suspects.insert(m);
    }
  }
  for (const auto& [model, failure] : journalled_failures(job, journal)) suspects.erase(model);
  return suspects;
}

std::vector<std::pair<size_t, ModelFailure>> unreadable_models(const Job& job,
                                                               const JournalContent& journal) {
  std::vector<std::pair<size_t, ModelFailure>> failures;
  for (size_t m = 0; m < job.models.size(); ++m) {
    const std::string& competition = job.competitions[job.models[m].competition].name;
    std::map<int64_t, std::string> reasons;  // By try; of several groups the first in the alphabet.
    for (const JournalEvent& event : journal.failures_of(job.models[m].content_hash)) {
      if (event.name != "load_failed" || event.fields.value("competition", "") != competition)
        continue;
      const auto known = reasons.try_emplace(attempt_of(event), event.reason).first;
      known->second = std::min(known->second, event.reason);
    }
    if (reasons.empty() || missing_items(job, m, journal) == 0) continue;
    failures.push_back({m, {.status = Status::io_error, .reason = reasons.rbegin()->second}});
  }
  return failures;
}

size_t missing_items(const Job& job, size_t model, const JournalContent& journal) {
  size_t missing = 0;
  for (const WorkItem& item : items_of(job, model)) {
    if (find_item(job, model, item, journal) == nullptr) ++missing;
  }
  return missing;
}

int64_t next_attempt(const JournalContent& journal) {
  int64_t last = 0;
  for (const JournalEvent& event : journal.events) last = std::max(last, attempt_of(event));
  return last + 1;
}

void take_journalled(const Job& job, const std::vector<CandidateWork>& wanted,
                     const JournalContent& journal, LossTable& table) {
  for (const CandidateWork& work : wanted) {
    const auto m = static_cast<size_t>(work.candidate);
    for (const WorkItem& item : work.items) {
      const JournalItem* done = find_item(job, m, item, journal);
      if (done == nullptr) continue;
      if (item.generation) table.set_generated(m, *done->generated);
      for (int64_t s = item.samples.begin; s < item.samples.end; ++s) {
        const auto i = static_cast<size_t>(s - item.samples.begin);
        table.set(m, static_cast<size_t>(item.task), s, done->nll_nat[i], done->tokens[i]);
      }
    }
  }
}

void take_timings(const Job& job, const JournalContent& journal, LossTable& table) {
  std::set<std::string> taken;
  for (size_t m = 0; m < job.models.size(); ++m) {
    for (const WorkItem& item : items_of(job, m)) {
      const JournalItem* done = find_item(job, m, item, journal);
      if (done == nullptr || !taken.insert(done->key).second) continue;
      table.add_timing({.model = m,
                        .generation = item.generation,
                        .task = static_cast<size_t>(item.task),
                        .samples = item.samples,
                        .leader_rank = done->leader_rank,
                        .load_seconds = done->load_seconds,
                        .compute_seconds = done->compute_seconds});
    }
  }
}

void require_same_as_journal(const Job& job, const LossTable& table,
                             const JournalContent& journal) {
  for (size_t m = 0; m < job.models.size(); ++m) {
    if (table.failure(m) && table.failure(m)->status != Status::degenerate) continue;
    for (const WorkItem& item : items_of(job, m)) {
      const JournalItem* done = find_item(job, m, item, journal);
      if (item.generation && (done == nullptr || table.generated(m) != done->generated)) {
        throw SystemError("the sanity generation of model " + job.models[m].content_hash +
                          " is not that in the journals");
      }
      if (table.failure(m)) break;  // Degenerate: the rest was not computed, or in vain.
      for (int64_t s = item.samples.begin; s < item.samples.end; ++s) {
        if (done != nullptr && same_losses(table, m, item, s, *done)) continue;
        throw SystemError(
            "model " + job.models[m].content_hash + ", task " + std::to_string(item.task) +
            ", sample " + std::to_string(s) +
            (done == nullptr ? " is not in the journals" : " is another number in the journals"));
      }
    }
  }
}

}  // namespace verdict
