#include "partition/shape.h"

#include <algorithm>

namespace verdict {

int64_t CandidateShape::last_fitting(int64_t begin, double room) const {
  const double limit = sums[static_cast<size_t>(begin)] + room - load;
  const auto past = std::upper_bound(sums.begin() + begin, sums.end(), limit);
  return past == sums.begin() + begin ? begin : (past - sums.begin()) - 1;
}

int64_t CandidateShape::first_fitting(int64_t end, double room) const {
  const auto last = sums.begin() + end;
  return std::lower_bound(sums.begin(), last, *last - room) - sums.begin();
}

std::vector<CandidateShape> longest_first(const std::vector<CandidateWork>& work) {
  std::vector<CandidateShape> shapes;
  for (const CandidateWork& w : work) {
    if (w.items.empty()) continue;
    CandidateShape shape{.candidate = w.candidate, .load = w.load_seconds, .sums = {0.0}};
    for (const WorkItem& item : w.items) shape.sums.push_back(shape.sums.back() + item.seconds);
    shapes.push_back(std::move(shape));
  }
  std::stable_sort(shapes.begin(), shapes.end(),
                   [](const auto& a, const auto& b) { return a.total() > b.total(); });
  return shapes;
}

}  // namespace verdict
