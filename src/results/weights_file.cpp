#include "verdict/results/weights_file.h"

#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/json_fields.h"

namespace verdict {
namespace {

constexpr const char* kSchema = "verdict-weights-1";
constexpr int64_t kLargestWeight = 65535;
constexpr int64_t kLargestUid = 65535;  // Of uids and subnets: the chain keeps both as u16.

Json number_or_null(const std::optional<double>& value) {
  return value ? json_number(*value) : Json(nullptr);
}

Json winner_json(const PublishedWinner& winner) {
  Json json = Json::object();
  json["uid"] = winner.uid;
  json["hotkey"] = winner.hotkey;
  json["repo"] = winner.repo;
  json["commit"] = winner.commit;
  json["score"] = json_number(winner.score);
  return json;
}

Json runner_up_json(const PublishedRunnerUp& runner_up) {
  Json json = Json::object();
  json["uid"] = runner_up.uid;
  json["score"] = json_number(runner_up.score);
  return json;
}

Json competition_json(const PublishedCompetition& competition) {
  Json json = Json::object();
  json["id"] = competition.id;
  json["name"] = competition.name;
  json["winner"] = competition.winner ? winner_json(*competition.winner) : Json(nullptr);
  json["runner_up"] =
      competition.runner_up ? runner_up_json(*competition.runner_up) : Json(nullptr);
  json["margin"] = number_or_null(competition.margin);
  json["margin_stderr"] = number_or_null(competition.margin_stderr);
  json["too_close_to_call"] = competition.too_close_to_call;
  return json;
}

std::optional<double> optional_number(const Json& object, const std::string& key) {
  const Json& value = field(object, key, "a number or null");
  return value.is_null() ? std::nullopt : std::optional(number_of(value, key));
}

// The object at `key`; nothing for null.
const Json* optional_object(const Json& object, const std::string& key) {
  const Json& value = field(object, key, "an object or null");
  if (value.is_null()) return nullptr;
  if (!value.is_object()) refuse_field(key, "an object or null", &value);
  return &value;
}

int64_t integer_within(const Json& object, const std::string& key, int64_t largest,
                       const std::string& expected) {
  const int64_t value = integer_field(object, key);
  if (value < 0 || value > largest) refuse_field(key, expected, &object[key]);
  return value;
}

int64_t u16_field(const Json& object, const std::string& key) {
  return integer_within(object, key, kLargestUid, "an integer from 0 to 65535");
}

int64_t count_field(const Json& object, const std::string& key) {
  return integer_within(object, key, INT64_MAX, "an integer from 0");
}

PublishedCompetition competition_from(const Json& json) {
  refuse_other_keys(
      json, {"id", "name", "winner", "runner_up", "margin", "margin_stderr", "too_close_to_call"});
  PublishedCompetition competition;
  competition.id = integer_field(json, "id");
  competition.name = text_field(json, "name");
  if (const Json* winner = optional_object(json, "winner")) {
    refuse_other_keys(*winner, {"uid", "hotkey", "repo", "commit", "score"});
    competition.winner = PublishedWinner{.uid = u16_field(*winner, "uid"),
                                         .hotkey = text_field(*winner, "hotkey"),
                                         .repo = text_field(*winner, "repo"),
                                         .commit = text_field(*winner, "commit"),
                                         .score = number_field(*winner, "score")};
  }
  if (const Json* runner_up = optional_object(json, "runner_up")) {
    refuse_other_keys(*runner_up, {"uid", "score"});
    competition.runner_up = PublishedRunnerUp{.uid = u16_field(*runner_up, "uid"),
                                              .score = number_field(*runner_up, "score")};
  }
  competition.margin = optional_number(json, "margin");
  competition.margin_stderr = optional_number(json, "margin_stderr");
  competition.too_close_to_call = boolean_field(json, "too_close_to_call");
  return competition;
}

void check(const PublishedWeights& weights) {
  if (weights.uids.size() != weights.weights.size()) {
    throw FormatError("has " + std::to_string(weights.uids.size()) + " uids and " +
                      std::to_string(weights.weights.size()) +
                      " weights, expected as many of each");
  }
  for (size_t i = 0; i < weights.uids.size(); ++i) {
    if (weights.weights[i] < 0 || weights.weights[i] > kLargestWeight) {
      throw FormatError("uid " + std::to_string(weights.uids[i]) + " has weight " +
                        std::to_string(weights.weights[i]) + ", expected 0 to " +
                        std::to_string(kLargestWeight));
    }
    if (weights.uids[i] < 0 || weights.uids[i] > kLargestUid) {
      throw FormatError("uid " + std::to_string(weights.uids[i]) + " is not one of 0 to " +
                        std::to_string(kLargestUid));
    }
    if (i > 0 && weights.uids[i] <= weights.uids[i - 1]) {
      throw FormatError("uid " + std::to_string(weights.uids[i]) + " stands behind uid " +
                        std::to_string(weights.uids[i - 1]) +
                        ", expected ascending uids, each once");
    }
  }
}

}  // namespace

std::string weights_text(const PublishedWeights& weights) {
  Json json = Json::object();
  json["schema"] = kSchema;
  json["netuid"] = weights.netuid;
  json["block"] = weights.block;
  json["version_key"] = weights.version_key;
  json["results_sha256"] = weights.results_sha256;
  json["uids"] = weights.uids;
  json["weights"] = weights.weights;
  json["competitions"] = Json::array();
  for (const auto& competition : weights.competitions)
    json["competitions"].push_back(competition_json(competition));
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_weights(const std::filesystem::path& path, const PublishedWeights& weights) {
  write_atomically(path, weights_text(weights));
}

PublishedWeights parse_weights(std::string_view text) {
  const Json json = parse_json(text);
  if (!json.is_object())
    throw FormatError("expected an object, found " + std::string(json.type_name()));
  const std::string schema = text_field(json, "schema");
  if (schema != kSchema)
    throw FormatError("expected schema '" + std::string(kSchema) + "', found '" + schema + "'");
  refuse_other_keys(json, {"schema", "netuid", "block", "version_key", "results_sha256", "uids",
                           "weights", "competitions"});
  PublishedWeights weights{.netuid = u16_field(json, "netuid"),
                           .block = count_field(json, "block"),
                           .version_key = count_field(json, "version_key"),
                           .results_sha256 = text_field(json, "results_sha256"),
                           .uids = integers_field(json, "uids"),
                           .weights = integers_field(json, "weights"),
                           .competitions = {}};
  for (const Json& competition : array_field(json, "competitions")) {
    if (!competition.is_object()) refuse_field("competitions", "objects", &competition);
    weights.competitions.push_back(competition_from(competition));
  }
  check(weights);
  return weights;
}

PublishedWeights read_weights(const std::filesystem::path& path) {
  const std::string text = read_text(path);
  try {
    return parse_weights(text);
  } catch (const FormatError& e) {
    throw SystemError(ExitCode::bad_data, path.string() + ": " + e.what());
  }
}

}  // namespace verdict
