#include "partition/packing.h"

#include <algorithm>
#include <limits>
#include <set>

namespace verdict {
namespace {

// The items of a candidate that have no place yet.
struct Rest {
  const CandidateShape* shape = nullptr;
  Range items{};
  [[nodiscard]] double seconds() const { return shape->load + shape->work(items.begin, items.end); }
};

Rest all_of(const CandidateShape& shape) { return {.shape = &shape, .items = {0, shape.items()}}; }

// Groups by the time that is left in them.
class Rooms {
 public:
  // Seconds, and the group negated: the last of equal rooms is that of the lowest group.
  using Room = std::set<std::pair<double, int>>::const_iterator;
  Rooms(int groups, double limit) {
    for (int group = 0; group < groups; ++group) rooms_.insert({limit, -group});
  }
  // The smallest room that takes so long, or else the largest.
  [[nodiscard]] Room fitting(double seconds) const {
    const Room room = rooms_.lower_bound({seconds, std::numeric_limits<int>::min()});
    return room == rooms_.end() ? largest() : room;
  }
  [[nodiscard]] Room largest() const { return std::prev(rooms_.end()); }

  Room put(Room room, const Unit& unit) {
    const auto [left, minus_group] = *room;
    units_.push_back(unit);
    units_.back().planned_group = -minus_group;
    rooms_.erase(room);
    return rooms_.insert({left - unit.seconds, minus_group}).first;
  }
  // As much as fits: items from the front, and where the next one of those does not fit, shorter
  // ones from the end. False if nothing fits.
  bool fill(Room room, Rest& rest) {
    const CandidateShape& shape = *rest.shape;
    Range& left = rest.items;
    const int64_t end = std::min(left.end, shape.last_fitting(left.begin, room->first));
    if (end == left.begin) return false;
    room = put(room, {.candidate = shape.candidate,
                      .items = {left.begin, end},
                      .seconds = shape.load + shape.work(left.begin, end)});
    left.begin = end;
    const int64_t begin = std::max(end, shape.first_fitting(left.end, room->first));
    if (begin == left.end) return true;
    put(room, {.candidate = shape.candidate,
               .items = {begin, left.end},
               .seconds = shape.work(begin, left.end)});  // It is loaded already.
    left.end = begin;
    return true;
  }
  [[nodiscard]] std::vector<Unit>& units() { return units_; }

 private:
  std::set<std::pair<double, int>> rooms_{};
  std::vector<Unit> units_{};
};

}  // namespace

std::vector<Unit> place_whole(const std::vector<CandidateShape>& shapes, int groups) {
  Rooms rooms(groups, 0.0);  // Less than nothing is left in a group that works.
  for (const CandidateShape& shape : shapes) {
    rooms.put(
        rooms.largest(),
        {.candidate = shape.candidate, .items = {0, shape.items()}, .seconds = shape.total()});
  }
  return std::move(rooms.units());
}

std::optional<std::vector<Unit>> pack_up_to(const std::vector<CandidateShape>& shapes, int groups,
                                            double limit) {
  Rooms rooms(groups, limit);
  std::vector<Rest> rests;
  for (const CandidateShape& shape : shapes) {
    Rest rest = all_of(shape);
    while (rest.seconds() > limit) {
      const auto room = rooms.largest();
      if (room->first < limit || !rooms.fill(room, rest)) return std::nullopt;
    }
    if (!rest.items.empty()) rests.push_back(rest);
  }
  std::stable_sort(rests.begin(), rests.end(),
                   [](const Rest& a, const Rest& b) { return a.seconds() > b.seconds(); });
  for (Rest& rest : rests) {
    while (!rest.items.empty()) {
      if (!rooms.fill(rooms.fitting(rest.seconds()), rest)) return std::nullopt;
    }
  }
  return std::move(rooms.units());
}

std::optional<std::vector<Unit>> fill_gaps_up_to(const std::vector<CandidateShape>& shapes,
                                                 int groups, double limit, double load_share) {
  std::vector<Rest> rests;
  for (const CandidateShape& shape : shapes) rests.push_back(all_of(shape));
  std::stable_sort(rests.begin(), rests.end(), [](const Rest& a, const Rest& b) {
    return a.shape->work(0, 1) > b.shape->work(0, 1);
  });
  Rooms rooms(groups, limit);
  for (Rest& rest : rests) {
    const CandidateShape& shape = *rest.shape;
    const double worth = std::min(limit, shape.load / load_share);
    while (!rest.items.empty()) {
      const double first = shape.load + shape.work(rest.items.begin, rest.items.begin + 1);
      const auto room = rooms.fitting(std::min(rest.seconds(), std::max(first, worth)));
      if (!rooms.fill(room, rest)) return std::nullopt;
    }
  }
  return std::move(rooms.units());
}

std::optional<std::vector<Unit>> wrap_up_to(const std::vector<CandidateShape>& shapes, int groups,
                                            double limit) {
  std::vector<Unit> units;
  int group = 0;
  double used = 0;
  for (const CandidateShape& shape : shapes) {
    for (int64_t begin = 0; begin < shape.items();) {
      const int64_t end = shape.last_fitting(begin, limit - used);
      if (end == begin) {  // Not even one item fits here.
        if (used == 0 || ++group == groups) return std::nullopt;
        used = 0;
        continue;
      }
      const double seconds = shape.load + shape.work(begin, end);
      units.push_back({.candidate = shape.candidate,
                       .items = {begin, end},
                       .seconds = seconds,
                       .planned_group = group});
      used += seconds;
      begin = end;
    }
  }
  return units;
}

}  // namespace verdict
