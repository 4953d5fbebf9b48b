// Which ranks hold a model between them.
#pragma once

#include <vector>

namespace verdict {

// Where a rank of the job sits. `node` numbers the nodes by the lowest world rank on them.
struct Seat {
  int world_rank = 0;
  int node = 0;
  int local_rank = 0;
};

// The group of each world rank, or −1 for a rank that is left over. Groups are filled in order of
// node and local rank and never cross a node unless `across_nodes`. Pure.
[[nodiscard]] std::vector<int> assign_groups(const std::vector<Seat>& seats, int tp,
                                             bool across_nodes);

// How many groups assign_groups made.
[[nodiscard]] int number_of_groups(const std::vector<int>& groups);

}  // namespace verdict
