#include <limits>
#include <map>
#include <set>

#include "app/verify/verify.h"
#include "verdict/competition/candidates_file.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/json.h"

namespace verdict {
namespace {

constexpr int64_t kAnyUids = int64_t{1} << 16;  // What weights.json has room for.

// A document that is no JSON, or larger than a candidates file may be, is the file's fault.
Json candidates_in(const std::filesystem::path& file) {
  try {
    return parse_json(read_text(file)).at("candidates");
  } catch (const FormatError& e) {
    throw SystemError(ExitCode::bad_data, file.string() + ": " + e.what());
  }
}

// Stands in for a competitions file that was not given: whatever ids the candidates name are known.
CompetitionFile any_competitions(const std::filesystem::path& file) {
  std::set<int64_t> ids;
  for (const Json& candidate : candidates_in(file)) {
    if (!candidate.is_object()) continue;
    const auto id = candidate.find("competition");
    if (id != candidate.end() && id->is_number_integer()) ids.insert(id->get<int64_t>());
  }
  CompetitionFile all{.uids = kAnyUids};
  for (const int64_t id : ids) all.competitions.push_back({.id = id});
  return all;
}

std::string missing_folders(const CandidatesFile& file) {
  size_t missing = 0;
  for (const Candidate& candidate : file.candidates) {
    std::error_code error;
    if (!std::filesystem::is_directory(candidate.path, error)) ++missing;
  }
  return std::to_string(missing);
}

}  // namespace

Verification verify_competitions(const std::filesystem::path& file) {
  const CompetitionFile all = read_competitions(file, std::numeric_limits<int64_t>::max());
  Verification v{.kind = "competitions"};
  v.facts = {{"uids", std::to_string(all.uids)}, {"netuid", std::to_string(all.netuid)}};
  for (const Competition& c : all.competitions) {
    v.facts.push_back({"competition " + std::to_string(c.id),
                       c.name + ", " + std::to_string(c.tasks.size()) + " tasks, rows of " +
                           std::to_string(c.sequence_length) + " tokens of " + c.tokenizer.name});
  }
  return v;
}

Verification verify_candidates(const std::filesystem::path& file,
                               const std::filesystem::path& competitions) {
  const CompetitionFile known = competitions.empty()
                                    ? any_competitions(file)
                                    : read_competitions(competitions, read_candidates_block(file));
  const CandidatesFile candidates = read_candidates(file, known);
  std::map<int64_t, int64_t> counts;
  for (const Candidate& candidate : candidates.candidates) ++counts[candidate.competition];
  Verification v{.kind = "candidates"};
  v.facts = {{"block", std::to_string(candidates.block)},
             {"candidates", std::to_string(candidates.candidates.size())},
             {"without a folder here", missing_folders(candidates)}};
  for (const auto& [id, count] : counts) {
    v.facts.push_back(
        {"of competition " + std::to_string(id) + (competitions.empty() ? ", not looked up" : ""),
         std::to_string(count)});
  }
  return v;
}

Verification verify_events(const std::filesystem::path& file) {
  const std::string text = read_text(file);
  std::map<std::string, int64_t> counts;
  int64_t number = 0;
  bool torn = false;
  for (size_t begin = 0; begin < text.size();) {
    const size_t newline = text.find('\n', begin);
    const std::string line = text.substr(begin, newline - begin);
    const std::string place = file.string() + ":" + std::to_string(++number);
    begin = newline == std::string::npos ? text.size() : newline + 1;
    try {
      const Json event = parse_json(line);
      if (!event.is_object() || !event.contains("time") || !event.contains("event") ||
          !event["event"].is_string()) {
        throw FormatError("expected an object with 'time' and 'event'");
      }
      ++counts[event["event"].get<std::string>()];
    } catch (const FormatError& e) {
      torn = newline == std::string::npos;
      if (!torn) throw SystemError(ExitCode::bad_data, place + ": " + e.what());
    }
  }
  Verification v{.kind = "events"};
  for (const auto& [name, count] : counts) v.facts.push_back({name, std::to_string(count)});
  if (torn) v.facts.push_back({"note", "the last line was not written to its end"});
  return v;
}

}  // namespace verdict
