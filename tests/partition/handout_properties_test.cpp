// Groups that end in any order, and candidates that fail at any moment.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>

#include "partition/work_shapes.h"
#include "verdict/partition/handout.h"

namespace verdict {
namespace {

struct Done {
  std::map<std::pair<int64_t, int64_t>, int> times{};  // By candidate and item.
  std::set<int64_t> failed{};
  bool after_failure = false;  // A unit was handed out whose candidate was known to be bad.
};

// A group at work: what it computes, and what it loads meanwhile.
struct Hands {
  int64_t unit = 0;
  std::optional<int64_t> ahead{};
};

// Groups in a random order end what they have, ask for what to load ahead, or ask anew. One unit in
// `one_in` finds its candidate bad.
class Groups {
 public:
  Groups(const Plan& plan, PythonRandom& random, int64_t one_in)
      : plan_(plan), random_(random), one_in_(one_in), handout_(plan) {
    for (int group = 0; group < plan.groups; ++group) idle_.push_back(group);
  }
  Done work() {
    while (!busy_.empty() || !idle_.empty()) {
      const auto all = static_cast<int64_t>(idle_.size() + busy_.size());
      const auto choice = static_cast<size_t>(random_.randint(0, all - 1));
      if (choice < idle_.size()) {
        ask(choice);
      } else {
        go_on(std::next(busy_.begin(), static_cast<std::ptrdiff_t>(choice - idle_.size())));
      }
    }
    return done_;
  }

 private:
  using Busy = std::map<int, Hands>;
  void ask(size_t choice) {  // A group that gets nothing never asks again.
    const int group = idle_[choice];
    idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(choice));
    if (const auto unit = noted(handout_.next(group))) busy_.emplace(group, Hands{.unit = *unit});
  }
  void go_on(Busy::iterator group) {
    if (!group->second.ahead && random_.randint(0, 1) == 0) {
      group->second.ahead = noted(handout_.next_planned(group->first));
      return;
    }
    end(group->second.unit);
    if (group->second.ahead) {
      group->second = {.unit = *group->second.ahead};
      return;
    }
    idle_.push_back(group->first);
    busy_.erase(group);
  }
  void end(int64_t number) {
    const Unit& unit = plan_.units[static_cast<size_t>(number)];
    if (one_in_ > 0 && random_.randint(1, one_in_) == 1) {
      handout_.candidate_failed(number);
      done_.failed.insert(unit.candidate);
      return;
    }
    for (int64_t i = unit.items.begin; i < unit.items.end; ++i) ++done_.times[{unit.candidate, i}];
  }
  std::optional<int64_t> noted(std::optional<int64_t> unit) {
    if (unit && done_.failed.contains(plan_.units[static_cast<size_t>(*unit)].candidate))
      done_.after_failure = true;
    return unit;
  }

  const Plan& plan_;
  PythonRandom& random_;
  int64_t one_in_;
  Handout handout_;
  std::vector<int> idle_{};
  Busy busy_{};
  Done done_{};
};

std::vector<CandidateWork> some_work(PythonRandom& random) {
  std::vector<CandidateWork> work;
  const int64_t candidates = random.randint(1, 24);
  for (int64_t c = 0; c < candidates; ++c)
    work.push_back(
        work_of(c, spread(random, 0.1, 3), {random.randint(1, 90)}, 4, spread(random, 0.05, 2)));
  return work;
}

// `one_in` 0: nobody fails.
void expect_each_item_once(const char* seed, int64_t one_in) {
  PythonRandom random = PythonRandom::from_decimal(seed);
  for (int round = 0; round < 60; ++round) {
    const auto work = some_work(random);
    const Plan plan = make_plan(work, static_cast<int>(random.randint(1, 40)));
    const Done done = Groups(plan, random, one_in).work();
    EXPECT_FALSE(done.after_failure) << "round " << round;
    for (const CandidateWork& w : work) {
      for (size_t i = 0; i < w.items.size(); ++i) {
        const auto found = done.times.find({w.candidate, static_cast<int64_t>(i)});
        const int times = found == done.times.end() ? 0 : found->second;
        EXPECT_LE(times, 1);
        if (!done.failed.contains(w.candidate)) {
          EXPECT_EQ(times, 1) << "round " << round << ": an item is lost";
        }
      }
    }
  }
}

TEST(Handout, InAnyOrderOfEndingEachItemIsDoneOnce) { expect_each_item_once("11", 0); }

TEST(Handout, CandidatesThatFailCostNobodyElseAnItem) { expect_each_item_once("12", 6); }

TEST(Handout, AFailureFreesTheGroupAtOnce) {
  const std::vector<CandidateWork> work{work_of(0, 1, {400}, 4, 1), work_of(1, 1, {400}, 4, 1)};
  const Plan plan = make_plan(work, 8);
  Handout handout(plan);
  const auto first = handout.next(0);
  ASSERT_TRUE(first);
  handout.candidate_failed(*first);
  const int64_t bad = plan.units[static_cast<size_t>(*first)].candidate;
  while (const auto unit = handout.next(0))
    EXPECT_NE(plan.units[static_cast<size_t>(*unit)].candidate, bad);
}

}  // namespace
}  // namespace verdict
