// Plays a step case by the rules.
#include <algorithm>
#include <numeric>

#include "app/score/step_case.h"
#include "verdict/competition/keep.h"
#include "verdict/competition/tracker.h"
#include "verdict/competition/weights.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

template <class T>
Json object_of(const std::map<int64_t, T>& by_uid) {
  Json object = Json::object();
  for (const auto& [uid, value] : by_uid) object[std::to_string(uid)] = value;
  return object;
}

Json step_json(const StepResult& step) {
  return {{"competitive", step.competitive},
          {"wins", object_of(step.wins)},
          {"win_rate", object_of(step.win_rate)},
          {"top_uid", step.winner ? Json(*step.winner) : Json()},
          {"step_weights", object_of(step.step_weights)}};
}

void require_scores(Rules rules) {
  if (rules != Rules::per_batch) return;
  throw SystemError(ExitCode::usage,
                    "--rules per-batch needs losses per batch, which only a legacy_step has");
}

Json play_single(const SingleStep& single, Rules rules) {
  require_scores(rules);
  const StepResult step = decide_step(rules, single.input);
  return step.aborted ? Json{{"error", "StepAborted"}} : step_json(step);
}

Json play_legacy(const LegacyStep& legacy) {
  const StepResult step = batch_step(legacy.input);
  return {{"wins", object_of(step.wins)},
          {"win_rate", object_of(step.win_rate)},
          {"step_weights", object_of(step.step_weights)}};
}

void record_step(const StepResult& step, int64_t competition, Tracker& tracker) {
  std::vector<double> weights(tracker.uids, 0.0);
  for (const auto& [uid, weight] : step.step_weights) weights.at(static_cast<size_t>(uid)) = weight;
  record(tracker, competition, std::move(weights));
}

Json play_one_of(const StepSequence& sequence, const SequenceStep& one, Rules rules,
                 Tracker& tracker) {
  const StepResult step = decide_step(rules, one.input);
  if (step.aborted) return {{"aborted", true}};
  if (step.winner) record_step(step, one.competition, tracker);
  KeepInput keep{.entries = one.input.entries,
                 .win_rate = step.win_rate,
                 .at_least = sequence.sample_min,
                 .rules = rules};
  if (rules == Rules::hardened) {
    std::sort(keep.entries.begin(), keep.entries.end(),
              [](const Entry& a, const Entry& b) { return a.uid < b.uid; });
  }
  if (const auto ema = tracker.weights.find(one.competition); ema != tracker.weights.end())
    keep.ema = ema->second;
  Json result = step_json(step);
  result["keep"] = models_to_keep(keep);
  return result;
}

Json play_sequence(const StepSequence& sequence, Rules rules) {
  require_scores(rules);
  Tracker tracker{.uids = sequence.uids, .alpha = sequence.alpha};
  Json steps = Json::array();
  for (const SequenceStep& one : sequence.steps)
    steps.push_back(play_one_of(sequence, one, rules, tracker));
  std::vector<RewardShare> rewards;
  for (const SequenceCompetition& c : sequence.competitions)
    rewards.push_back({.competition = c.id, .reward = c.reward});
  const std::vector<double> subnet = subnet_vector(tracker, rewards);
  std::vector<int64_t> uids(subnet.size());
  std::iota(uids.begin(), uids.end(), int64_t{0});
  const U16Weights integers = to_u16(uids, subnet);
  return {{"steps", steps},
          {"competition_weights", object_of(tracker.weights)},
          {"subnet_weights", subnet},
          {"u16_uids", integers.uids},
          {"u16_vals", integers.values}};
}

}  // namespace

Json play(const StepCase& step_case, Rules rules) {
  if (const auto* legacy = std::get_if<LegacyStep>(&step_case)) return play_legacy(*legacy);
  if (const auto* single = std::get_if<SingleStep>(&step_case)) return play_single(*single, rules);
  return play_sequence(std::get<StepSequence>(step_case), rules);
}

}  // namespace verdict
