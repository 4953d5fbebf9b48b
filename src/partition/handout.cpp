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
  for (auto& queue : queues_) drop_failed(queue);
  const auto left = [&](const std::deque<int64_t>& queue) {
    double seconds = 0;
    for (const int64_t unit : queue) seconds += plan_.units[static_cast<size_t>(unit)].seconds;
    return seconds;
  };
  auto& own = queues_[static_cast<size_t>(group)];
  const bool from_own = !own.empty();
  auto& queue =
      from_own ? own
               : *std::max_element(queues_.begin(), queues_.end(),
                                   [&](const auto& a, const auto& b) { return left(a) < left(b); });
  if (queue.empty()) return std::nullopt;
  const int64_t unit = from_own ? queue.front() : queue.back();
  from_own ? queue.pop_front() : queue.pop_back();
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
