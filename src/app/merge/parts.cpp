#include "app/merge/parts.h"

#include "app/run/job_json.h"
#include "app/run/journal_table.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/hash.h"
#include "verdict/core/log.h"
#include "verdict/results/differences.h"

namespace verdict {
namespace {

Part open_part(const std::filesystem::path& path) {
  Part part{.folder = RunFolder::open(path)};
  if (!file_exists(part.folder.job())) {
    throw SystemError(ExitCode::usage, path.string() +
                                           " has no job.json: its evaluation was stopped before "
                                           "its work began; run its line again");
  }
  part.record = read_job(part.folder.job());
  part.journal = read_journals(part.folder.journal());
  for (const std::string& warning : part.journal.warnings) log_warning(warning);
  return part;
}

Json hotkeys_json(const CandidatesFile& file) {
  if (!file.hotkeys) return nullptr;
  Json json = Json::object();
  for (const auto& [uid, hotkey] : *file.hotkeys) json[std::to_string(uid)] = hotkey;
  return json;
}

// Whatever two runs must have in common, by name.
Json measure_of(const Part& part) {
  const Inputs& inputs = part.record.inputs;
  Json tasks = Json::object();
  Json numerics = Json::object();
  for (const JobCompetition& c : part.record.job.competitions) {
    numerics[c.name] = parse_json(c.fingerprint);
    tasks[c.name] = {{"missing", c.missing_tasks}, {"sanity_generation", c.sanity_generation}};
    for (const JobTask& t : c.tasks) {
      Json rows = task_json(t);
      rows["shards"] = Json::array();  // By name: a folder may be mounted in more than one place.
      for (const auto& path : t.shards) rows["shards"].push_back(path.filename().string());
      rows["rows"] = to_hex(sha256(rows["rows"].dump()));
      tasks[c.name + "/" + t.name] = rows;
    }
  }
  Json options = part.folder.inputs().value("options", Json::object());
  options.erase("numerics");
  options.erase("state");  // Compared by what is in it.
  return {{"numerics", numerics},
          {"competitions file (SHA-256)", to_hex(sha256(inputs.competitions.text))},
          {"block", inputs.candidates.block},
          {"block_hash", inputs.candidates.block_hash},
          {"hotkeys", hotkeys_json(inputs.candidates)},
          {"state (SHA-256)", to_hex(sha256(state_text(inputs.before)))},
          {"options", options},
          {"tasks", tasks}};
}

}  // namespace

std::vector<Part> open_parts(const std::vector<std::filesystem::path>& folders) {
  std::vector<Part> parts;
  for (const auto& folder : folders) parts.push_back(open_part(folder));
  return parts;
}

void require_same_measure(const std::vector<Part>& parts) {
  const Json first = measure_of(parts.front());
  for (const Part& part : parts) {
    const std::string found = describe_differences(differences(first, measure_of(part)));
    if (found.empty()) continue;
    throw SystemError(ExitCode::usage, parts.front().folder.path().string() + " and " +
                                           part.folder.path().string() +
                                           " cannot be merged: " + found);
  }
}

JournalContent all_items(const std::vector<Part>& parts) {
  JournalContent all;
  for (const Part& part : parts) add_items(all, part.journal);
  if (all.conflicts.empty()) return all;
  throw SystemError(ExitCode::bad_data, "the journals contradict each other: " + all.conflicts[0]);
}

std::vector<GivenUp> given_up(const Part& part) {
  const Job& job = part.record.job;
  auto failures = journalled_failures(job, part.journal);
  // A run that has not ended will try again what it could not read.
  if (file_exists(part.folder.results())) {
    const auto unreadable = unreadable_models(job, part.journal);
    failures.insert(failures.end(), unreadable.begin(), unreadable.end());
  }
  std::vector<GivenUp> all;
  for (const auto& [m, failure] : failures) {
    all.push_back({.competition = job.models[m].competition,
                   .content_hash = job.models[m].content_hash,
                   .failure = failure});
  }
  return all;
}

}  // namespace verdict
