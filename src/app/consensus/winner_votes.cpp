#include "app/consensus/winner_votes.h"

#include <algorithm>

#include "app/consensus/epoch_tables.h"

namespace verdict {
namespace {

bool same(const std::optional<PublishedWinner>& a, const std::optional<PublishedWinner>& b) {
  if (!a || !b) return !a && !b;
  return a->uid == b->uid && a->hotkey == b->hotkey && a->repo == b->repo && a->commit == b->commit;
}

CompetitionVotes& votes_for(std::vector<CompetitionVotes>& all, const PublishedCompetition& c) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& known) { return known.id == c.id; });
  if (found != all.end()) return *found;
  all.push_back({.id = c.id, .name = c.name, .votes = {}});
  return all.back();
}

}  // namespace

std::vector<CompetitionVotes> count_votes(const OperatorsInput& input, const Agreement& agreement) {
  std::vector<CompetitionVotes> all;
  for (size_t i = 0; i < input.published.size(); ++i) {
    for (const PublishedCompetition& c : input.published[i].competitions) {
      std::vector<WinnerVote>& votes = votes_for(all, c).votes;
      auto vote = std::find_if(votes.begin(), votes.end(), [&](const WinnerVote& known) {
        return same(known.winner, c.winner);
      });
      if (vote == votes.end()) vote = votes.insert(votes.end(), {.winner = c.winner});
      vote->operators.push_back(i);
      vote->stake_share += to_double(agreement.operators[i].stake_share);
      vote->too_close_to_call = vote->too_close_to_call || c.too_close_to_call;
    }
  }
  for (CompetitionVotes& c : all) {
    std::stable_sort(c.votes.begin(), c.votes.end(), [](const WinnerVote& a, const WinnerVote& b) {
      return a.stake_share > b.stake_share;
    });
  }
  return all;
}

}  // namespace verdict
