#include "app/run/epoch.h"

#include <algorithm>

#include "verdict/competition/keep.h"

namespace verdict {
namespace {

const Candidate* candidate_at(int64_t uid, const Inputs& inputs) {
  for (const Candidate& c : inputs.candidates.candidates) {
    if (c.uid == uid) return &c;
  }
  return nullptr;
}

const CompetitionState* state_of(int64_t competition, const EpochState& state) {
  for (const CompetitionState& c : state.competitions) {
    if (c.id == competition) return &c;
  }
  return nullptr;
}

KeepInput keep_input(const ScoredCompetition& scored, const Inputs& inputs,
                     const std::vector<double>& ema) {
  KeepInput input{.ema = ema};
  for (size_t m = 0; m < scored.uids.size(); ++m) {
    const Candidate* candidate = candidate_at(scored.uids[m], inputs);
    input.entries.push_back({.uid = scored.uids[m],
                             .score = scored.score[m],
                             .block = static_cast<double>(candidate->block)});
    if (scored.competitive[m] != 0) input.win_rate.emplace(scored.uids[m], scored.win_rate[m]);
  }
  return input;
}

}  // namespace

std::optional<std::string> hotkey_at(int64_t uid, const Inputs& inputs, const EpochState& before) {
  if (inputs.candidates.hotkeys) {
    const auto found = inputs.candidates.hotkeys->find(uid);
    return found == inputs.candidates.hotkeys->end() ? std::nullopt : std::optional(found->second);
  }
  if (const Candidate* candidate = candidate_at(uid, inputs)) return candidate->hotkey;
  for (const CompetitionState& c : before.competitions) {
    for (const HotkeyWeight& e : c.ema) {
      if (e.uid == uid) return e.hotkey;
    }
  }
  return std::nullopt;
}

Tracker tracker_of(const EpochState& before, const Inputs& inputs) {
  const auto uids = static_cast<size_t>(inputs.competitions.uids);
  Tracker tracker{.uids = uids};
  for (const Competition& competition : inputs.competitions.competitions) {
    const CompetitionState* state = state_of(competition.id, before);
    if (state == nullptr) continue;
    std::vector<double> ema(uids, 0.0);
    for (const HotkeyWeight& e : state->ema) {
      if (e.uid < inputs.competitions.uids && hotkey_at(e.uid, inputs, before) == e.hotkey) {
        ema[static_cast<size_t>(e.uid)] = e.weight;
      }
    }
    tracker.weights.emplace(competition.id, std::move(ema));
  }
  return tracker;
}

EpochState state_after(const Tracker& tracker, const std::vector<ScoredCompetition>& scored,
                       const Inputs& inputs, const EpochState& before) {
  EpochState after{.block = inputs.candidates.block};
  for (const ScoredCompetition& s : scored) {
    CompetitionState state{.id = s.id};
    const auto found = tracker.weights.find(s.id);
    const std::vector<double> ema =
        found == tracker.weights.end() ? std::vector<double>{} : found->second;
    for (size_t uid = 0; uid < ema.size(); ++uid) {
      if (ema[uid] <= 0) continue;
      const auto at = static_cast<int64_t>(uid);
      state.ema.push_back(
          {.uid = at, .hotkey = hotkey_at(at, inputs, before).value_or(""), .weight = ema[uid]});
    }
    for (const int64_t uid : models_to_keep(keep_input(s, inputs, ema))) {
      state.kept.push_back({.uid = uid, .hotkey = candidate_at(uid, inputs)->hotkey});
    }
    after.competitions.push_back(std::move(state));
  }
  std::sort(after.competitions.begin(), after.competitions.end(),
            [](const CompetitionState& a, const CompetitionState& b) { return a.id < b.id; });
  return after;
}

}  // namespace verdict
