#include "verdict/partition/groups.h"

#include <algorithm>
#include <map>
#include <utility>

namespace verdict {

std::vector<int> assign_groups(const std::vector<Seat>& seats, int tp, bool across_nodes) {
  std::map<int, std::vector<Seat>> by_node;
  for (const Seat& seat : seats) by_node[across_nodes ? 0 : seat.node].push_back(seat);
  std::vector<int> groups(seats.size(), -1);
  int next = 0;
  for (auto& [node, members] : by_node) {
    std::stable_sort(members.begin(), members.end(), [](const Seat& a, const Seat& b) {
      return std::pair(a.node, a.local_rank) < std::pair(b.node, b.local_rank);
    });
    const size_t whole = members.size() / static_cast<size_t>(tp);
    for (size_t i = 0; i < whole * static_cast<size_t>(tp); ++i) {
      groups[static_cast<size_t>(members[i].world_rank)] = next + static_cast<int>(i) / tp;
    }
    next += static_cast<int>(whole);
  }
  return groups;
}

int number_of_groups(const std::vector<int>& groups) {
  return groups.empty() ? 0 : *std::ranges::max_element(groups) + 1;
}

}  // namespace verdict
