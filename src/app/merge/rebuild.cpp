#include "app/merge/rebuild.h"

#include <tuple>

#include "app/run/agenda.h"
#include "app/run/journal_table.h"
#include "verdict/core/error.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

// What one run has given up on fails in the union, too, unless another has all of its rows: a
// timeout or a file that could not be read says more about the moment than about the model.
void take_failure(const Part& part, const GivenUp& given_up, size_t model, bool complete,
                  LossTable& table) {
  const ModelFailure& failure = given_up.failure;
  if (complete && failure.status == Status::non_finite) {
    throw SystemError(ExitCode::bad_data, part.folder.journal().string() + ": model " +
                                              given_up.content_hash + " failed here (" +
                                              printable(failure.reason) +
                                              "), and other journals have all of its losses");
  }
  // That it is degenerate was measured, and nothing that was measured beside it, or went wrong,
  // changes that.
  const auto& known = table.failure(model);
  if (known && known->status == Status::degenerate) return;
  if (failure.status == Status::degenerate) {
    table.fail(model, failure);
    return;
  }
  if (complete) return;
  if (known && std::tie(known->status, known->reason) <= std::tie(failure.status, failure.reason))
    return;
  table.fail(model, failure);
}

void take_failures(const std::vector<Part>& parts, const Job& job, const JournalContent& journal,
                   LossTable& table) {
  for (const Part& part : parts) {
    for (const GivenUp& g : given_up(part)) {
      for (size_t m = 0; m < job.models.size(); ++m) {
        if (job.models[m].competition != g.competition ||
            job.models[m].content_hash != g.content_hash) {
          continue;
        }
        take_failure(part, g, m, missing_items(job, m, journal) == 0, table);
      }
    }
  }
}

std::vector<std::string> find_missing(const JobRecord& record, const JournalContent& journal,
                                      const LossTable& table) {
  std::vector<std::string> found;
  for (size_t m = 0; m < record.job.models.size(); ++m) {
    if (table.failure(m)) continue;
    const size_t missing = missing_items(record.job, m, journal);
    if (missing == 0) continue;
    const JobModel& model = record.job.models[m];
    for (const size_t c : model.candidates) {
      const Candidate& candidate = record.inputs.candidates.candidates[c];
      found.push_back("candidate " + std::to_string(candidate.uid) + " (" +
                      printable(candidate.repo) + "), competition " +
                      record.job.competitions[model.competition].name + ": " +
                      std::to_string(missing) + " of " +
                      std::to_string(items_of(record.job, m).size()) + " items are in no journal");
    }
  }
  return found;
}

}  // namespace

Rebuilt rebuild(const std::vector<Part>& parts, const JobRecord& record,
                const JournalContent& journal) {
  Rebuilt rebuilt{.table = LossTable(record.job)};
  take_failures(parts, record.job, journal, rebuilt.table);
  rebuilt.missing = find_missing(record, journal, rebuilt.table);
  if (!rebuilt.missing.empty()) return rebuilt;
  take_journalled(record.job, all_work(record.job), journal, rebuilt.table);
  take_timings(record.job, journal, rebuilt.table);
  return rebuilt;
}

}  // namespace verdict
