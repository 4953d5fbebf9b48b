#include "app/score/epoch.h"

#include <algorithm>

#include "app/score/past.h"
#include "verdict/competition/keep.h"

namespace verdict {
namespace {

constexpr size_t kKept = 5;
constexpr size_t kKeptByBatches = 6;

const Candidate* candidate_at(int64_t uid, const CandidatesFile& file) {
  for (const Candidate& c : file.candidates) {
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

KeepInput keep_input(const ScoredCompetition& scored, const Terms& terms,
                     const std::vector<double>& ema) {
  KeepInput input{.ema = ema,
                  .at_least = terms.rules == Rules::per_batch ? kKeptByBatches : kKept,
                  .rules = terms.rules};
  for (size_t m = 0; m < scored.uids.size(); ++m) {
    const Candidate* candidate = candidate_at(scored.uids[m], terms.candidates);
    input.entries.push_back({.uid = scored.uids[m],
                             .score = scored.score[m],
                             .block = static_cast<double>(candidate->block)});
    if (scored.competitive[m] != 0) input.win_rate.emplace(scored.uids[m], scored.win_rate[m]);
  }
  return input;
}

}  // namespace

std::optional<std::string> hotkey_at(int64_t uid, const CandidatesFile& candidates,
                                     const EpochState& before) {
  if (candidates.hotkeys) {
    const auto found = candidates.hotkeys->find(uid);
    return found == candidates.hotkeys->end() ? std::nullopt : std::optional(found->second);
  }
  if (const Candidate* candidate = candidate_at(uid, candidates)) return candidate->hotkey;
  for (const CompetitionState& c : before.competitions) {
    for (const HotkeyWeight& e : c.ema) {
      if (e.uid == uid) return e.hotkey;
    }
  }
  return std::nullopt;
}

Tracker tracker_of(const Terms& terms) {
  const auto uids = static_cast<size_t>(terms.competitions.uids);
  Tracker tracker{.uids = uids};
  for (const Competition& competition : terms.competitions.competitions) {
    const CompetitionState* state = state_of(competition.id, terms.before);
    if (state == nullptr || !state->recorded || !competition.scheduled) continue;
    std::vector<double> ema(uids, 0.0);
    for (const HotkeyWeight& e : state->ema) {
      if (e.uid < terms.competitions.uids &&
          hotkey_at(e.uid, terms.candidates, terms.before) == e.hotkey) {
        ema[static_cast<size_t>(e.uid)] = e.weight;
      }
    }
    tracker.weights.emplace(competition.id, std::move(ema));
  }
  return tracker;
}

EpochState state_after(const Terms& terms, const Tracker& tracker,
                       const std::vector<ScoredCompetition>& scored,
                       const std::vector<CandidateResult>& candidates) {
  EpochState after{.block = terms.block};
  for (const ScoredCompetition& s : scored) {
    const auto found = tracker.weights.find(s.id);
    CompetitionState state{.id = s.id, .recorded = found != tracker.weights.end()};
    const std::vector<double> ema =
        found == tracker.weights.end() ? std::vector<double>{} : found->second;
    for (size_t uid = 0; uid < ema.size(); ++uid) {
      if (ema[uid] <= 0) continue;
      const auto at = static_cast<int64_t>(uid);
      state.ema.push_back({.uid = at,
                           .hotkey = hotkey_at(at, terms.candidates, terms.before).value_or(""),
                           .weight = ema[uid]});
    }
    for (const int64_t uid : models_to_keep(keep_input(s, terms, ema))) {
      state.kept.push_back({.uid = uid, .hotkey = candidate_at(uid, terms.candidates)->hotkey});
    }
    const CompetitionState* before = state_of(s.id, terms.before);
    state.history =
        history_after(terms, before == nullptr ? CompetitionState{} : *before, s, candidates);
    after.competitions.push_back(std::move(state));
  }
  std::sort(after.competitions.begin(), after.competitions.end(),
            [](const CompetitionState& a, const CompetitionState& b) { return a.id < b.id; });
  return after;
}

}  // namespace verdict
