// Which winner of each competition the operators name, and with how much stake.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/consensus/operators.h"

namespace verdict {

struct WinnerVote {
  std::optional<PublishedWinner> winner{};  // Absent: no winner.
  double stake_share = 0;
  std::vector<size_t> operators{};
  bool too_close_to_call = false;  // One of them says so.
};

struct CompetitionVotes {
  int64_t id = 0;
  std::string name{};
  std::vector<WinnerVote> votes{};  // Most stake first.
};

// In the order of the competitions in the files. Winners are the same if uid, hotkey, repository
// and commit are. An operator whose file has not the competition has no vote.
[[nodiscard]] std::vector<CompetitionVotes> count_votes(const OperatorsInput& input,
                                                        const Agreement& agreement);

}  // namespace verdict
