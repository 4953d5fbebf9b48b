#include "verdict/results/state_file.h"

#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/hash.h"
#include "verdict/core/json_fields.h"

namespace verdict {
namespace {

constexpr const char* kSchema = "verdict-state-1";

Json competition_json(const CompetitionState& competition) {
  Json ema = Json::array();
  for (const HotkeyWeight& e : competition.ema) {
    ema.push_back({{"uid", e.uid}, {"hotkey", e.hotkey}, {"weight", json_number(e.weight)}});
  }
  Json kept = Json::array();
  for (const HotkeySeat& k : competition.kept)
    kept.push_back({{"uid", k.uid}, {"hotkey", k.hotkey}});
  return {{"id", competition.id}, {"ema", ema}, {"kept", kept}};
}

CompetitionState competition_from(const Json& json) {
  CompetitionState competition{.id = integer_field(json, "id")};
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
