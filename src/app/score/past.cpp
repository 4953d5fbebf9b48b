#include "app/score/past.h"

#include <algorithm>
#include <limits>

#include "app/score/epoch.h"
#include "verdict/competition/retry.h"

namespace verdict {
namespace {

std::string submission_of(const std::string& repo, const std::string& commit, int64_t block) {
  return repo + " " + commit + " " + std::to_string(block);
}

const SubmissionHistory* find_past(const CompetitionState& state, const CandidateResult& c) {
  const std::string submission = submission_of(c.repo, c.commit, c.block);
  for (const SubmissionHistory& h : state.history) {
    if (h.uid == c.uid && h.hotkey == c.hotkey && h.submission == submission) return &h;
  }
  return nullptr;
}

// What a check refuses is found at once the next time, too; what failed while it was computed may
// cost minutes again.
bool failed_while_computed(Status status) {
  return status != Status::ok && status != Status::refused && status != Status::too_early &&
         status != Status::out_of_memory;
}

PastScore result_of(const Terms& terms, const ScoredCompetition& scored,
                    const CandidateResult& candidate) {
  const auto score_of = [&](int64_t uid) {
    const auto at = std::ranges::find(scored.uids, uid) - scored.uids.begin();
    return scored.score[static_cast<size_t>(at)];
  };
  PastScore result{.block = terms.block,
                   .score = std::numeric_limits<double>::infinity(),
                   .winning_score = std::numeric_limits<double>::quiet_NaN()};
  if (candidate.status == Status::ok) result.score = score_of(candidate.uid);
  if (!scored.winner) return result;
  result.winning_score = score_of(*scored.winner);
  for (const Candidate& c : terms.candidates.candidates) {
    if (c.uid == *scored.winner) result.winning_block = c.block;
  }
  return result;
}

void add(const PastScore& next, std::vector<PastScore>& results) {
  std::vector<PastResult> history;
  for (const PastScore& r : results)
    history.push_back({r.block, r.score, r.winning_block, r.winning_score});
  add_result(history, {next.block, next.score, next.winning_block, next.winning_score});
  results.clear();
  for (const PastResult& r : history)
    results.push_back({r.block, r.score, r.winning_block, r.winning_score});
}

}  // namespace

const SubmissionHistory* past_of(const Candidate& candidate, const EpochState& state) {
  const CandidateResult wanted{.uid = candidate.uid,
                               .hotkey = candidate.hotkey,
                               .repo = candidate.repo,
                               .commit = candidate.commit,
                               .block = candidate.block};
  for (const CompetitionState& c : state.competitions) {
    if (c.id == candidate.competition) return find_past(c, wanted);
  }
  return nullptr;
}

std::optional<int64_t> postponed_until(const SubmissionHistory& past, int64_t block) {
  if (past.failures == 0)
    return std::nullopt;  // Whatever its block: a clock may have been set back.
  if (past.results.empty()) return std::nullopt;
  const int64_t next = next_attempt(past.failures, past.results.back().block);
  return block < next ? std::optional(next) : std::nullopt;
}

std::vector<SubmissionHistory> history_after(const Terms& terms, const CompetitionState& before,
                                             const ScoredCompetition& scored,
                                             const std::vector<CandidateResult>& candidates) {
  std::vector<SubmissionHistory> after;
  for (const SubmissionHistory& h : before.history) {
    const bool is_candidate =
        std::ranges::any_of(candidates, [&](const auto& c) { return c.uid == h.uid; });
    const bool is_seated =
        !terms.candidates.hotkeys || hotkey_at(h.uid, terms.candidates, terms.before) == h.hotkey;
    if (!is_candidate && is_seated) after.push_back(h);
  }
  for (const CandidateResult& c : candidates) {
    if (c.competition != scored.id) continue;
    const SubmissionHistory* past = find_past(before, c);
    SubmissionHistory h =
        past == nullptr ? SubmissionHistory{.uid = c.uid,
                                            .hotkey = c.hotkey,
                                            .submission = submission_of(c.repo, c.commit, c.block)}
                        : *past;
    const bool postponed = past != nullptr && postponed_until(*past, terms.block).has_value();
    if (c.status != Status::too_early && !postponed && !scored.is_void) {
      h.status = c.status;
      h.failures = failed_while_computed(c.status) ? h.failures + 1 : 0;
      add(result_of(terms, scored, c), h.results);
    }
    if (!h.results.empty()) after.push_back(std::move(h));
  }
  std::ranges::sort(after, {}, &SubmissionHistory::uid);
  return after;
}

}  // namespace verdict
