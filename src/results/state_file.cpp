#include "verdict/results/state_file.h"

#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/hash.h"
#include "verdict/core/json_fields.h"

namespace verdict {
namespace {

constexpr const char* kSchema = "verdict-state-1";

Json history_json(const SubmissionHistory& h) {
  Json results = Json::array();
  for (const PastScore& r : h.results) {
    results.push_back({{"block", r.block},
                       {"score", json_number(r.score)},
                       {"winning_block", r.winning_block},
                       {"winning_score", json_number(r.winning_score)}});
  }
  return {{"uid", h.uid},
          {"hotkey", h.hotkey},
          {"submission", h.submission},
          {"failures", h.failures},
          {"status", static_cast<int>(h.status)},
          {"results", results}};
}

SubmissionHistory history_from(const Json& json) {
  SubmissionHistory h{.uid = integer_field(json, "uid"),
                      .hotkey = text_field(json, "hotkey"),
                      .submission = text_field(json, "submission"),
                      .failures = integer_field(json, "failures")};
  const int64_t status = integer_field(json, "status");
  if (status < 0 || status >= static_cast<int64_t>(kStatusNames.size()))
    refuse_field("status", "a status", &json["status"]);
  h.status = static_cast<Status>(status);
  for (const Json& r : array_field(json, "results")) {
    h.results.push_back({.block = integer_field(r, "block"),
                         .score = number_field(r, "score"),
                         .winning_block = integer_field(r, "winning_block"),
                         .winning_score = number_field(r, "winning_score")});
  }
  return h;
}

Json competition_json(const CompetitionState& competition) {
  Json ema = Json::array();
  for (const HotkeyWeight& e : competition.ema) {
    ema.push_back({{"uid", e.uid}, {"hotkey", e.hotkey}, {"weight", json_number(e.weight)}});
  }
  Json kept = Json::array();
  for (const HotkeySeat& k : competition.kept)
    kept.push_back({{"uid", k.uid}, {"hotkey", k.hotkey}});
  Json history = Json::array();
  for (const SubmissionHistory& h : competition.history) history.push_back(history_json(h));
  return {{"id", competition.id},
          {"recorded", competition.recorded},
          {"ema", ema},
          {"kept", kept},
          {"history", history}};
}

CompetitionState competition_from(const Json& json) {
  CompetitionState competition{.id = integer_field(json, "id")};
  // The first states had neither this nor a history.
  competition.recorded = !json.contains("recorded") || boolean_field(json, "recorded");
  for (const Json& e : array_field(json, "ema")) {
    const double weight = number_field(e, "weight");
    if (!(weight > 0 && weight <= 1))
      refuse_field("weight", "a number above 0, at most 1", &e["weight"]);
    competition.ema.push_back(
        {.uid = integer_field(e, "uid"), .hotkey = text_field(e, "hotkey"), .weight = weight});
  }
  for (const Json& k : array_field(json, "kept")) {
    competition.kept.push_back({.uid = integer_field(k, "uid"), .hotkey = text_field(k, "hotkey")});
  }
  if (!json.contains("history")) return competition;
  for (const Json& h : array_field(json, "history")) competition.history.push_back(history_from(h));
  return competition;
}

}  // namespace

std::string state_text(const EpochState& state) {
  Json competitions = Json::array();
  for (const CompetitionState& c : state.competitions) competitions.push_back(competition_json(c));
  Json text{{"schema", kSchema},
            {"block", state.block ? Json(*state.block) : Json(nullptr)},
            {"competitions", competitions}};
  text["xxh3"] = xxh3_hex(text.dump());
  return text.dump(2) + "\n";
}

EpochState parse_state(std::string_view text) {
  Json json = parse_json(text);
  if (!json.is_object()) throw FormatError("expected an object");
  const std::string schema = text_field(json, "schema");
  if (schema != kSchema) {
    throw FormatError("expected schema '" + std::string(kSchema) + "', found '" + schema +
                      "': it is of another version of verdict");
  }
  const std::string checksum = text_field(json, "xxh3");
  json.erase("xxh3");
  if (xxh3_hex(json.dump()) != checksum)
    throw FormatError("the checksum 'xxh3' does not fit: the file is damaged");
  EpochState state;
  if (const Json& block = field(json, "block", "a block or null"); !block.is_null()) {
    state.block = integer_of(block, "block");
  }
  for (const Json& c : array_field(json, "competitions"))
    state.competitions.push_back(competition_from(c));
  return state;
}

StateFile read_state(const std::filesystem::path& path) {
  if (!file_exists(path)) return {.state = {}, .text = state_text({})};
  try {
    std::string text = read_text(path);
    EpochState state = parse_state(text);
    return {.state = std::move(state), .text = std::move(text)};
  } catch (const FormatError& e) {
    throw SystemError(ExitCode::bad_data, path.string() + ": " + e.what());
  }
}

void replace_state(const std::filesystem::path& path, const std::string& before,
                   const std::string& after) {
  if (file_exists(path)) {
    const std::string now = read_text(path);
    if (now == after) return;
    if (now != before) {
      throw SystemError(
          ExitCode::usage,
          path.string() +
              " is not what this run started from: a later evaluation has replaced it, "
              "and it stays as it is");
    }
  }
  write_atomically(path, after);
}

}  // namespace verdict
