#include "verdict/partition/handout.h"

#include <algorithm>

namespace verdict {

Handout::Handout(const Plan& plan) : plan_(plan), queues_(static_cast<size_t>(plan.groups)) {
  for (size_t unit = 0; unit < plan.units.size(); ++unit) {
    queues_[static_cast<size_t>(plan.units[unit].planned_group)].push_back(
        static_cast<int64_t>(unit));
  }
}

std::optional<int64_t> Handout::next(int group) {
  if (const auto own = next_planned(group)) return own;
  for (auto& queue : queues_) drop_failed(queue);
  const auto left = [&](const std::deque<int64_t>& queue) {
    double seconds = 0;
    for (const int64_t unit : queue) seconds += plan_.units[static_cast<size_t>(unit)].seconds;
    return seconds;
  };
  auto& busiest =
      *std::max_element(queues_.begin(), queues_.end(),
                        [&](const auto& a, const auto& b) { return left(a) < left(b); });
  if (busiest.empty()) return std::nullopt;
  const int64_t unit = busiest.back();
  busiest.pop_back();
  return hand_out(unit);
}

std::optional<int64_t> Handout::next_planned(int group) {
  auto& own = queues_[static_cast<size_t>(group)];
  drop_failed(own);
  if (own.empty()) return std::nullopt;
  const int64_t unit = own.front();
  own.pop_front();
  return hand_out(unit);
}

int64_t Handout::hand_out(int64_t unit) {
  handed_out_.push_back(unit);
  return unit;
}

void Handout::candidate_failed(int64_t unit) {
  failed_.insert(plan_.units[static_cast<size_t>(unit)].candidate);
}

void Handout::drop_failed(std::deque<int64_t>& queue) const {
  std::erase_if(queue, [&](int64_t unit) {
    return failed_.contains(plan_.units[static_cast<size_t>(unit)].candidate);
  });
}

}  // namespace verdict
