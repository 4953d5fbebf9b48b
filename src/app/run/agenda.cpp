#include "app/run/agenda.h"

#include <algorithm>
#include <set>

#include "app/run/journal_table.h"
#include "app/run/share.h"
#include "verdict/core/json.h"
#include "verdict/core/log.h"
#include "verdict/partition/cost.h"

namespace verdict {
namespace {

Json to_json(const std::vector<CandidateWork>& work) {
  Json all = Json::array();
  for (const CandidateWork& w : work) {
    Json items = Json::array();
    for (const WorkItem& item : w.items) {
      items.push_back(Json::array({item.task, item.samples.begin, item.samples.end, item.seconds}));
    }
    all.push_back(Json::array({w.candidate, w.load_seconds, items}));
  }
  return all;
}

std::vector<CandidateWork> work_from_json(const Json& json) {
  std::vector<CandidateWork> work;
  for (const Json& w : json) {
    work.push_back({.candidate = w[0], .load_seconds = w[1]});
    for (const Json& item : w[2]) {
      work.back().items.push_back({.task = item[0],
                                   .samples = {item[1].get<int64_t>(), item[2].get<int64_t>()},
                                   .seconds = item[3]});
    }
  }
  return work;
}

Json to_json(const std::vector<std::pair<size_t, ModelFailure>>& failures) {
  Json all = Json::array();
  for (const auto& [model, failure] : failures) {
    all.push_back(Json::array({model, static_cast<int>(failure.status), failure.reason}));
  }
  return all;
}

void report(const JournalContent& journal) {
  for (const std::string& warning : journal.warnings) log_warning(warning);
  if (journal.items.empty()) return;
  log_info(std::to_string(journal.items.size()) +
           " items of earlier starts are in the journal and stand");
}

// What the journals do not hold, each key once.
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

}  // namespace

std::vector<CandidateWork> all_work(const Job& job) {
  std::vector<CandidateWork> work;
  for (size_t m = 0; m < job.models.size(); ++m) {
    work.push_back({.candidate = static_cast<int64_t>(m),
                    .load_seconds = predicted_load_seconds(job.models[m].shape, {}),
                    .items = items_of(job, m)});
    longest_items_first(work.back().items);
  }
  return work;
}

bool has_items(const std::vector<CandidateWork>& work) {
  return std::any_of(work.begin(), work.end(),
                     [](const CandidateWork& w) { return !w.items.empty(); });
}

Agenda share_agenda(const Job& job, const std::vector<CandidateWork>& wanted,
                    const AgendaOptions& options, const MpiComm& world, LossTable& table) {
  const std::string text = from_rank_zero(world, [&] {
    const JournalContent journal = read_journals(options.journal);
    const auto failures = journalled_failures(job, journal);
    for (const auto& [model, failure] : failures) table.fail(model, failure);
    if (options.earlier_starts) {
      report(journal);
      take_timings(job, journal, table);
    }
    take_journalled(job, wanted, journal, table);
    const Agenda open = find_open(job, wanted, journal, table);
    return Json({{"now", to_json(open.now)},
                 {"shared", to_json(open.shared)},
                 {"failures", to_json(failures)},
                 {"attempt", next_attempt(journal)}})
        .dump(-1, ' ', false, Json::error_handler_t::replace);
  });
  const Json shared = parse_json(text);
  for (const Json& f : shared["failures"]) {
    table.fail(f[0].get<size_t>(),
               {.status = static_cast<Status>(f[1].get<int>()), .reason = f[2]});
  }
  return {.now = work_from_json(shared["now"]),
          .shared = work_from_json(shared["shared"]),
          .attempt = shared["attempt"]};
}

}  // namespace verdict
