#include "app/merge/unite.h"

#include <map>

#include "verdict/core/error.h"
#include "verdict/core/json.h"
#include "verdict/results/differences.h"

namespace verdict {
namespace {

struct Finding {
  const Part* part = nullptr;
  const Candidate* candidate = nullptr;
  const Admission* admission = nullptr;
};

Json submission_json(const Candidate& c) {
  return {{"uid", c.uid},
          {"hotkey", c.hotkey},
          {"repo", c.repo},
          {"commit", c.commit},
          {"secure_hash", c.secure_hash ? Json(*c.secure_hash) : Json()},
          {"commitment", c.commitment ? Json(*c.commitment) : Json()},
          {"competition", c.competition},
          {"block", c.block}};
}

// What two runs must agree on about one candidate: not its path, which may be another's mount.
Json finding_json(const Finding& e) {
  Json json = submission_json(*e.candidate);
  json["status"] = status_name(e.admission->status);
  json["reason"] = e.admission->reason;
  json["content"] = e.admission->content_hash;
  return json;
}

void require_same_finding(const Finding& first, const Finding& second) {
  const auto found = differences(finding_json(first), finding_json(second));
  if (found.empty()) return;
  throw SystemError(ExitCode::usage, "candidate " + std::to_string(first.candidate->uid) + " of " +
                                         first.part->folder.path().string() + " and of " +
                                         second.part->folder.path().string() +
                                         " is not the same: " + describe_differences(found));
}

std::map<int64_t, Finding> entries_of(const std::vector<Part>& parts) {
  std::map<int64_t, Finding> entries;
  for (const Part& part : parts) {
    const auto& candidates = part.record.inputs.candidates.candidates;
    for (size_t i = 0; i < candidates.size(); ++i) {
      const Finding entry{
          .part = &part, .candidate = &candidates[i], .admission = &part.record.admissions[i]};
      const auto [known, is_new] = entries.try_emplace(candidates[i].uid, entry);
      if (!is_new) require_same_finding(known->second, entry);
    }
  }
  return entries;
}

std::string united_text(const std::map<int64_t, Finding>& entries, const CandidatesFile& first) {
  Json json{{"block", first.block}, {"block_hash", first.block_hash}};
  if (first.hotkeys) {
    json["hotkeys"] = Json::object();
    for (const auto& [uid, hotkey] : *first.hotkeys) json["hotkeys"][std::to_string(uid)] = hotkey;
  }
  json["candidates"] = Json::array();
  for (const auto& [uid, entry] : entries) {
    Json candidate = submission_json(*entry.candidate);
    if (!entry.candidate->commitment) candidate.erase("commitment");
    candidate["path"] = entry.candidate->path.string();
    json["candidates"].push_back(std::move(candidate));
  }
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

CandidatesFile united_candidates(const std::vector<Part>& parts,
                                 const std::map<int64_t, Finding>& entries) {
  for (const Part& part : parts) {
    const CandidatesFile& file = part.record.inputs.candidates;
    if (file.candidates.size() == entries.size()) return file;
  }
  const Inputs& first = parts.front().record.inputs;
  return parse_candidates(united_text(entries, first.candidates), first.candidates.path,
                          first.competitions);
}

}  // namespace

JobRecord unite(const std::vector<Part>& parts) {
  const std::map<int64_t, Finding> entries = entries_of(parts);
  JobRecord united;
  united.inputs = parts.front().record.inputs;
  united.inputs.candidates = united_candidates(parts, entries);
  for (const auto& [uid, entry] : entries) united.admissions.push_back(*entry.admission);
  united.job.competitions = parts.front().record.job.competitions;
  united.job.models = distinct_models(united.inputs, united.admissions);
  return united;
}

}  // namespace verdict
