#include "app/run/job_file.h"

#include "app/run/job_json.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/hash.h"
#include "verdict/core/json.h"

namespace verdict {
namespace {

constexpr const char* kSchema = "verdict-job-1";
constexpr JsonLimits kLimits{.bytes = size_t{1} << 30};  // Every drawn row stands in it.

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json competition_json(const JobCompetition& competition) {
  Json json{{"name", competition.name},
            {"numerics", parse_json(competition.fingerprint)},
            {"sanity_generation", competition.sanity_generation}};
  json.update(drawn_json(competition));
  return json;
}

JobCompetition competition_from(const Json& json, const Competition& rules) {
  const Json& numerics = json.at("numerics");
  JobCompetition competition{
      .name = json.at("name").get<std::string>(),
      .numerics = {.dtype = numerics.at("dtype").get<std::string>(),
                   .tp = numerics.at("tp").get<int>(),
                   .micro_batch = numerics.at("micro_batch").get<int64_t>(),
                   .threads = numerics.at("threads").get<int>(),
                   .gpu = numerics.value("gpu", ""),
                   .collectives =
                       numerics.contains("gpu") ? numerics.value("collectives", "") : ""},
      .fingerprint = numerics.dump(),
      .sanity_generation = json.value("sanity_generation", false)};
  fill_from_json(competition, shard_rules_of(rules), json);
  return competition;
}

Json file_json(const std::filesystem::path& path, const std::string& text) {
  return {{"path", std::filesystem::absolute(path).lexically_normal().string()}, {"text", text}};
}

void require_checksum(Json& json) {
  if (!json.is_object() || json.value("schema", "") != kSchema) {
    throw FormatError("expected schema '" + std::string(kSchema) + "'");
  }
  const std::string checksum = json.value("xxh3", "");
  json.erase("xxh3");
  if (xxh3_hex(text_of(json)) != checksum)
    throw FormatError("the checksum 'xxh3' does not fit: the file is damaged");
}

JobRecord record_from(const Json& json) {
  JobRecord record;
  const std::filesystem::path competitions = json.at("competitions").at("path").get<std::string>();
  record.inputs.competitions =
      parse_competitions(json.at("competitions").at("text").get<std::string>(),
                         competitions.string(), json.at("block").get<int64_t>());
  record.inputs.competitions.path = competitions;
  record.inputs.candidates = parse_candidates(json.at("candidates").at("text").get<std::string>(),
                                              json.at("candidates").at("path").get<std::string>(),
                                              record.inputs.competitions);
  record.inputs.before = parse_state(json.at("state_before").get<std::string>());
  record.inputs.rules = rules_of_name(json.at("rules").get<std::string>());
  record.inputs.allow_missing_tasks = json.at("allow_missing_tasks").get<bool>();
  for (const Json& a : json.at("admissions")) {
    record.admissions.push_back({.status = static_cast<Status>(a.at(0).get<int>()),
                                 .reason = a.at(1).get<std::string>(),
                                 .content_hash = a.at(2).get<std::string>()});
  }
  const auto& rules = record.inputs.competitions.competitions;
  const Json& drawn = json.at("drawn");
  if (record.admissions.size() != record.inputs.candidates.candidates.size() ||
      drawn.size() != rules.size()) {
    throw FormatError("the lists do not fit the candidates and the competitions");
  }
  for (size_t c = 0; c < rules.size(); ++c)
    record.job.competitions.push_back(competition_from(drawn[c], rules[c]));
  record.job.models = distinct_models(record.inputs, record.admissions);
  return record;
}

}  // namespace

std::string job_text(const JobRecord& record) {
  Json admissions = Json::array();
  for (const Admission& a : record.admissions)
    admissions.push_back(Json::array({static_cast<int>(a.status), a.reason, a.content_hash}));
  Json drawn = Json::array();
  for (const JobCompetition& c : record.job.competitions) drawn.push_back(competition_json(c));
  const Inputs& inputs = record.inputs;
  Json json{{"schema", kSchema},
            {"block", inputs.candidates.block},
            {"competitions", file_json(inputs.competitions.path, inputs.competitions.text)},
            {"candidates", file_json(inputs.candidates.path, inputs.candidates.text)},
            {"state_before", state_text(inputs.before)},
            {"rules", rules_name(inputs.rules)},
            {"allow_missing_tasks", inputs.allow_missing_tasks},
            {"admissions", admissions},
            {"drawn", drawn}};
  // Of the text as it can be read again: what is not UTF-8 has been replaced by then.
  json["xxh3"] = xxh3_hex(text_of(json));
  return text_of(json) + "\n";
}

JobRecord parse_job(const std::string& text, const std::filesystem::path& path) {
  const auto refuse = [&path](const std::string& why) -> SystemError {
    return {ExitCode::bad_data, path.string() + ": " + why};
  };
  try {
    Json json = parse_json(text, kLimits);
    require_checksum(json);
    return record_from(json);
  } catch (const FormatError& e) {
    throw refuse(e.what());
  } catch (const Json::exception& e) {
    throw refuse(message_of(e));
  }
}

JobRecord read_job(const std::filesystem::path& path) { return parse_job(read_text(path), path); }

}  // namespace verdict
