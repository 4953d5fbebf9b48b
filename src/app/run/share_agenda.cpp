#include "app/run/share_agenda.h"

#include "app/run/journal_table.h"
#include "app/run/share.h"
#include "verdict/core/json.h"
#include "verdict/core/log.h"

namespace verdict {
namespace {

Json to_json(const std::vector<CandidateWork>& work) {
  Json all = Json::array();
  for (const CandidateWork& w : work) {
    Json items = Json::array();
    for (const WorkItem& item : w.items) {
      items.push_back(Json::array(
          {item.task, item.samples.begin, item.samples.end, item.seconds, item.generation}));
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
      work.back().items.push_back({.generation = item[4],
                                   .task = item[0],
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

}  // namespace

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

std::set<size_t> share_suspects(const Job& job, const std::filesystem::path& journal,
                                const MpiComm& world) {
  const std::string text = from_rank_zero(
      world, [&] { return Json(suspected_models(job, read_journals(journal))).dump(); });
  return parse_json(text).get<std::set<size_t>>();
}

}  // namespace verdict
