#include "app/score/step_case.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "verdict/competition/tracker.h"
#include "verdict/core/error.h"
#include "verdict/core/json_fields.h"

namespace verdict {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double number_or(const Json& json, const std::string& key, double otherwise) {
  return json.contains(key) ? number_field(json, key) : otherwise;
}

int64_t count_or(const Json& json, const std::string& key, int64_t otherwise, int64_t least) {
  const int64_t value = json.contains(key) ? integer_field(json, key) : otherwise;
  const std::string expected = "at least " + std::to_string(least);
  if (value < least) refuse_field(key, expected, json.contains(key) ? &json[key] : nullptr);
  return value;
}

double temperature_of(const Json& json) {
  const double temperature = number_or(json, "temperature", kTemperature);
  if (!(temperature > 0.0 && std::isfinite(temperature)))
    refuse_field("temperature", "a finite number above 0", &json["temperature"]);
  return temperature;
}

// {"fixed": e} or {"linear": [start, end, blocks]}.
Epsilon epsilon_of(const Json& json) {
  const Json& eps = field(json, "eps", "an epsilon");
  Epsilon epsilon;
  if (eps.is_object() && eps.size() == 1 && eps.contains("fixed")) {
    epsilon.start = epsilon.end = number_field(eps, "fixed");
  } else if (eps.is_object() && eps.size() == 1 && eps.contains("linear") &&
             array_field(eps, "linear").size() == 3) {
    const Json& linear = eps["linear"];
    epsilon = {.kind = Epsilon::Kind::linear,
               .start = number_of(linear[0], "eps"),
               .end = number_of(linear[1], "eps"),
               .blocks = integer_of(linear[2], "eps")};
    if (epsilon.blocks < 1) refuse_field("eps", "at least 1 block to decay over", &eps);
  } else {
    refuse_field("eps", R"({"fixed": e} or {"linear": [start, end, blocks]})", &eps);
  }
  if (!std::isfinite(epsilon.start) || !std::isfinite(epsilon.end))
    refuse_field("eps", "finite numbers", &eps);
  return epsilon;
}

// Of an object by uid; what is absent or null is infinite.
double by_uid(const Json& json, const std::string& key, int64_t uid) {
  const Json& values = field(json, key, "an object from uid to number");
  if (!values.is_object()) refuse_field(key, "an object from uid to number", &values);
  const auto found = values.find(std::to_string(uid));
  return found == values.end() || found->is_null() ? kInfinity : number_of(*found, key);
}

std::vector<int64_t> uids_of(const Json& json) {
  const std::vector<int64_t> uids = integers_field(json, "uids");
  std::set<int64_t> seen;
  for (const int64_t uid : uids) {
    if (uid < 0 || !seen.insert(uid).second)
      refuse_field("uids", "each uid once and none below 0", &json["uids"]);
  }
  return uids;
}

// A score of a uid that takes no part is a slip of the pen: passed over, it would decide nothing.
void require_among(const std::vector<int64_t>& uids, const Json& json,
                   std::initializer_list<const char*> keys) {
  std::set<std::string> known;
  for (const int64_t uid : uids) known.insert(std::to_string(uid));
  for (const char* key : keys) {
    const auto values = json.find(key);
    if (values == json.end() || !values->is_object()) continue;  // Its reader says so.
    for (const auto& [uid, ignored] : values->items()) {
      if (!known.contains(uid)) {
        const Json found = uid;
        refuse_field(key, "only uids that stand in 'uids'", &found);
      }
    }
  }
}

std::vector<Entry> entries_of(const Json& json) {
  const std::vector<int64_t> uids = uids_of(json);
  require_among(uids, json, {"scores", "blocks"});
  std::vector<Entry> entries;
  for (const int64_t uid : uids) {
    const Entry e{
        .uid = uid, .score = by_uid(json, "scores", uid), .block = by_uid(json, "blocks", uid)};
    if (std::isnan(e.block)) refuse_field("blocks", "numbers or \"inf\"", &json["blocks"]);
    entries.push_back(e);
  }
  return entries;
}

SingleStep single_step(const Json& json) {
  StepInput input{.entries = entries_of(json),
                  .epsilon = epsilon_of(json),
                  .temperature = temperature_of(json)};
  // A fixed epsilon asks no block.
  const bool needed = input.epsilon.kind == Epsilon::Kind::linear;
  input.current_block =
      needed ? number_field(json, "current_block") : number_or(json, "current_block", 0.0);
  if (std::isnan(input.current_block))
    refuse_field("current_block", "a block", &json["current_block"]);
  return {.input = std::move(input)};
}

std::vector<double> losses_of(const Json& json, int64_t uid, size_t batches) {
  const Json& all = field(json, "losses", "an object from uid to losses");
  if (!all.is_object()) refuse_field("losses", "an object from uid to losses", &all);
  const auto found = all.find(std::to_string(uid));
  if (found == all.end() || found->is_null()) return std::vector<double>(batches, kInfinity);
  if (!found->is_array() || found->size() < batches)
    refuse_field("losses", "a list of " + std::to_string(batches) + " losses", &*found);
  std::vector<double> losses;
  for (const Json& loss : *found) losses.push_back(number_of(loss, "losses"));
  return losses;
}

// Without n_batches: as many as the longest list has.
size_t batches_of(const Json& json) {
  size_t longest = 0;
  for (const Json& list : field(json, "losses", "an object from uid to losses"))
    longest = std::max(longest, list.size());
  return static_cast<size_t>(count_or(json, "n_batches", static_cast<int64_t>(longest), 0));
}

LegacyStep legacy_step(const Json& json) {
  BatchStep input{.batches = batches_of(json), .temperature = temperature_of(json)};
  input.epsilon = number_or(json, "epsilon", input.epsilon);
  if (!std::isfinite(input.epsilon)) refuse_field("epsilon", "a finite number", &json["epsilon"]);
  const std::vector<int64_t> uids = uids_of(json);
  require_among(uids, json, {"losses", "blocks"});
  for (const int64_t uid : uids) {
    input.entries.push_back({.uid = uid, .score = kInfinity, .block = by_uid(json, "blocks", uid)});
    input.losses.push_back(losses_of(json, uid, input.batches));
  }
  return {.input = std::move(input)};
}

SequenceStep sequence_step(const Json& json, const StepSequence& sequence, double temperature) {
  SequenceStep step{.competition = integer_field(json, "competition"),
                    .input = {.entries = entries_of(json),
                              .current_block = number_field(json, "block"),
                              .temperature = temperature}};
  const auto known = std::find_if(
      sequence.competitions.begin(), sequence.competitions.end(),
      [&](const SequenceCompetition& competition) { return competition.id == step.competition; });
  if (known == sequence.competitions.end())
    refuse_field("competition", "one of the competitions of the sequence", &json["competition"]);
  step.input.epsilon = known->epsilon;
  for (const Entry& e : step.input.entries) {
    if (static_cast<size_t>(e.uid) >= sequence.uids)
      refuse_field("uids", "uids below n = " + std::to_string(sequence.uids), &json["uids"]);
  }
  return step;
}

StepSequence step_sequence(const Json& json) {
  StepSequence sequence{.uids = static_cast<size_t>(count_or(json, "n", -1, 1)),
                        .alpha = number_or(json, "alpha", kEmaAlpha),
                        .sample_min = static_cast<size_t>(count_or(json, "sample_min", 5, 0))};
  if (!(sequence.alpha >= 0.0 && sequence.alpha <= 1.0))
    refuse_field("alpha", "a number from 0 to 1", &json["alpha"]);
  std::set<int64_t> ids;
  for (const Json& c : array_field(json, "competitions")) {
    sequence.competitions.push_back({.id = integer_field(c, "id"),
                                     .reward = number_field(c, "reward"),
                                     .epsilon = epsilon_of(c)});
    const double reward = sequence.competitions.back().reward;
    if (!(reward >= 0.0 && std::isfinite(reward)))
      refuse_field("reward", "a finite number from 0", &c["reward"]);
    if (!ids.insert(integer_field(c, "id")).second)
      refuse_field("id", "each competition once", &c["id"]);
  }
  const double temperature = temperature_of(json);
  for (const Json& step : array_field(json, "steps"))
    sequence.steps.push_back(sequence_step(step, sequence, temperature));
  return sequence;
}

std::string kind_of(const Json& json) {
  if (json.contains("kind")) return text_field(json, "kind");
  if (json.contains("losses")) return "legacy_step";
  return json.contains("steps") ? "sequence" : "single_step";
}

void note_unknown(const Json& json, std::vector<std::string>& unknown) {
  const std::set<std::string> known{
      "id",         "kind",          "note",        "uids",      "scores",    "blocks", "eps",
      "losses",     "current_block", "temperature", "n_batches", "epsilon",   "n",      "alpha",
      "sample_min", "competitions",  "steps",       "about",     "provenance"};
  for (const auto& [key, ignored] : json.items()) {
    if (!known.contains(key) && !key.starts_with("expected")) unknown.push_back(key);
  }
}

}  // namespace

StepCase parse_step_case(const Json& json, std::vector<std::string>& unknown) {
  if (!json.is_object()) throw FormatError("must be an object");
  note_unknown(json, unknown);
  const std::string kind = kind_of(json);
  if (kind == "single_step") return single_step(json);
  if (kind == "legacy_step") return legacy_step(json);
  if (kind == "sequence") return step_sequence(json);
  refuse_field("kind", "single_step, legacy_step or sequence", &json["kind"]);
}

}  // namespace verdict
