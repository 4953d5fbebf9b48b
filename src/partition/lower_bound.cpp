// Five conditions that every plan of makespan T meets. Each of them stays true when T grows, so the
// least T that meets all of them is a bound, and bisection finds it. m groups; candidate c loads
// for L(c) seconds in every group that takes a part of it and works for W(c) seconds in all.
//
// 1. An item is not cut: L(c) + its seconds ≤ T.
// 2. A group that holds c has at most T - L(c) seconds for its items: of those of s seconds or more
//    it takes at most ⌊(T - L(c)) / s⌋. So c needs at least k(c) groups, the largest quotient over
//    all s (and W(c) / (T - L(c)), and that of the weights of 4 for this time), each rounded up;
//    and k(c) ≤ m.
// 3. Time: the sum of W(c) + k(c) L(c) over all candidates is at most m T.
// 4. Pigeonholes: cut T into j equal parts, and let what takes more than w of them, and at most
//    w + 1, weigh w. Things of weight w1, w2, ... take more than w1 + w2 + ... parts together, so
//    a group carries at most j - 1, and all of them (j - 1) m. The things are what a group holds of
//    one candidate, load included. It weighs at least as much as its items alone; and if it weighs
//    w it has at most q(w) = ⌊((w + 1) T / j - L(c)) / s⌋ items of s seconds or more, so that n of
//    them in the whole plan weigh at least n times the least w / q(w), rounded up.
// 5. Loads that cutting costs. Draw a line between a group and each candidate that it holds a part
//    of. In a connected piece of this graph with a groups and b candidates there are at least
//    a + b − 1 lines, so at least a − 1 loads more than one per candidate. With λ the least load of
//    all candidates, what is in the piece, P = the sum of L(c) + W(c), fits only if
//    P + (a − 1) λ ≤ a T; and P is a sum of totals of whole candidates, so P ≤ U(a T − (a − 1) λ),
//    U(x) the largest such sum up to x. Over all pieces, the sum of all L(c) + W(c) is at most
//    m times the largest U(a T − (a − 1) λ) / a.
//
// A plan of all candidates contains one of any selection of them, so 5 is also asked of those with
// the longer loads only, whose λ says more.
#include "partition/lower_bound.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>

namespace verdict {
namespace {

constexpr int kBisections = 30;
constexpr int kMostParts = 40;   // j of condition 4.
constexpr int kPieceGroups = 6;  // a of condition 5 up to which U is looked up; beyond, U(x) ≤ x.
constexpr int kCells = 2048;     // Of the table behind U.
// Quotients a rounding error above a whole number are that number: the bound may only err
// downwards.
constexpr double kRounding = 1e-9;

// Items of one candidate that take at least so long.
struct SizeClass {
  double seconds = 0;
  int64_t items = 0;
  friend bool operator==(const SizeClass&, const SizeClass&) = default;
};

struct Sizes {
  double load = 0;
  double work = 0;
  double longest = 0;
  std::vector<SizeClass> classes{};  // Longest first.
  int candidates = 1;                // That are like this.
};

Sizes sizes_of(const CandidateShape& shape) {
  std::vector<double> seconds;
  for (int64_t i = 0; i < shape.items(); ++i) seconds.push_back(shape.work(i, i + 1));
  std::sort(seconds.rbegin(), seconds.rend());
  Sizes sizes{.load = shape.load, .work = shape.sums.back(), .longest = seconds.front()};
  // Sums of equal numbers differ in their last bits: those are one size, the smaller.
  for (const double s : seconds) {
    const bool same = !sizes.classes.empty() && s > sizes.classes.back().seconds * (1 - kRounding);
    const int64_t so_far = sizes.classes.empty() ? 0 : sizes.classes.back().items;
    if (!same) sizes.classes.push_back({});
    sizes.classes.back() = {.seconds = s, .items = so_far + 1};
  }
  return sizes;
}

double rounded_up(double quotient) { return std::ceil(quotient * (1 - kRounding)); }
double rounded_down(double quotient) { return std::floor(quotient * (1 + kRounding)); }

// Of all items, each on its own, where a part is so long.
double weight_of_items(const Sizes& sizes, double part) {
  double weight = 0;
  int64_t longer = 0;
  for (const SizeClass& size : sizes.classes) {
    weight += std::max(0.0, rounded_up(size.seconds / part) - 1) *
              static_cast<double>(size.items - longer);
    longer = size.items;
  }
  return weight;
}

// k(c)
double groups_needed(const Sizes& sizes, double limit) {
  const double room = limit - sizes.load;
  double needed = std::max(1.0, rounded_up(sizes.work / room));
  for (const SizeClass& size : sizes.classes) {
    if (size.seconds <= 0) break;
    const double in_one = rounded_down(room / size.seconds);
    needed = std::max(needed, rounded_up(static_cast<double>(size.items) / in_one));
  }
  for (int parts = 2; parts <= kMostParts; ++parts) {
    needed = std::max(needed, rounded_up(weight_of_items(sizes, room / parts) / (parts - 1)));
  }
  return needed;
}

// What a candidate weighs at least in condition 4.
double least_weight(const Sizes& sizes, double limit, int parts) {
  double most = weight_of_items(sizes, limit / parts);
  for (const SizeClass& size : sizes.classes) {
    double per_item = std::numeric_limits<double>::infinity();
    for (int weight = 0; weight < parts && per_item > 0; ++weight) {
      const double room = (weight + 1) * limit / parts - sizes.load;
      const double items = size.seconds > 0 ? rounded_down(room / size.seconds) : 1;
      if (items >= 1) per_item = std::min(per_item, weight / items);
    }
    most = std::max(most, rounded_up(static_cast<double>(size.items) * per_item));
  }
  return most;
}

bool conditions_1_to_4(const std::vector<Sizes>& all, int groups, double limit) {
  double time = 0;
  for (const Sizes& sizes : all) {
    if (sizes.load + sizes.longest > limit) return false;
    const double needed = groups_needed(sizes, limit);
    if (needed > groups) return false;
    time += (sizes.work + needed * sizes.load) * sizes.candidates;
  }
  if (time > groups * limit) return false;
  for (int parts = 2; parts <= kMostParts; ++parts) {
    double weight = 0;
    for (const Sizes& sizes : all) weight += least_weight(sizes, limit, parts) * sizes.candidates;
    if (weight > static_cast<double>(groups) * (parts - 1)) return false;
  }
  return true;
}

// U of condition 5, never too small: totals are known by their cell, so that a sum of b of them is
// less than b cells above the sum of their cells.
class WholeSums {
 public:
  WholeSums(std::span<const CandidateShape> shapes, double largest) : cell_(largest / kCells) {
    std::array<int, kCells + 1> most{};  // Candidates in a sum of so many cells; −1: no such sum.
    most.fill(-1);
    most[0] = 0;
    for (const CandidateShape& shape : shapes) {
      const double cells = shape.total() / cell_;
      if (cells > kCells) continue;
      const auto own = static_cast<int>(cells);
      for (int at = kCells; at >= own; --at) {
        const int before = most[static_cast<size_t>(at - own)];
        if (before >= 0)
          most[static_cast<size_t>(at)] = std::max(most[static_cast<size_t>(at)], before + 1);
      }
    }
    int reach = 0;
    for (int at = 0; at <= kCells; ++at) {
      const int count = most[static_cast<size_t>(at)];
      if (count >= 0) reach = std::max(reach, at + count);
      reach_[static_cast<size_t>(at)] = reach;
    }
  }
  [[nodiscard]] double up_to(double x) const {
    const auto at = static_cast<size_t>(std::clamp(x / cell_, 0.0, double{kCells}));
    return std::min(x, reach_[at] * cell_);
  }

 private:
  double cell_;
  std::array<int, kCells + 1> reach_{};
};

struct Selection {
  double least_load = 0;  // λ
  double total = 0;       // Of L(c) + W(c).
  WholeSums sums;
};

bool condition_5(const Selection& selected, int groups, double limit) {
  double best = 0;
  for (int a = 1; a <= std::min(groups, kPieceGroups); ++a) {
    best = std::max(best, selected.sums.up_to(a * limit - (a - 1) * selected.least_load) / a);
  }
  if (groups > kPieceGroups) {
    const int a = kPieceGroups + 1;  // T − λ + λ / a falls with a.
    best = std::max(best, limit - selected.least_load * (a - 1) / a);
  }
  return selected.total <= groups * best * (1 + kRounding);
}

// All candidates, then those whose load is at least the k-th shortest, for some k.
std::vector<Selection> selections_of(std::vector<CandidateShape> shapes, double reached) {
  std::stable_sort(shapes.begin(), shapes.end(),
                   [](const auto& a, const auto& b) { return a.load > b.load; });
  std::vector<Selection> selections;
  for (size_t count = shapes.size(); count > 0; count -= std::max<size_t>(1, count / 8)) {
    const std::span<const CandidateShape> longest(shapes.data(), count);
    double total = 0;
    for (const CandidateShape& shape : longest) total += shape.total();
    selections.push_back({.least_load = longest.back().load,
                          .total = total,
                          .sums = WholeSums(longest, kPieceGroups * reached)});
  }
  return selections;
}

}  // namespace

double lower_bound_seconds(const std::vector<CandidateShape>& shapes, int groups, double reached) {
  std::vector<Sizes> sizes;
  for (const CandidateShape& shape : shapes) {
    Sizes own = sizes_of(shape);
    if (!sizes.empty() && own.load == sizes.back().load && own.classes == sizes.back().classes) {
      ++sizes.back().candidates;
    } else {
      sizes.push_back(std::move(own));
    }
  }
  const std::vector<Selection> selections = selections_of(shapes, reached);
  const auto possible = [&](double limit) {
    return conditions_1_to_4(sizes, groups, limit) &&
           std::all_of(selections.begin(), selections.end(),
                       [&](const Selection& s) { return condition_5(s, groups, limit); });
  };
  double low = 0;
  double high = reached;
  for (int i = 0; i < kBisections; ++i) {
    const double middle = (low + high) / 2;
    (possible(middle) ? high : low) = middle;
  }
  return low;
}

}  // namespace verdict
