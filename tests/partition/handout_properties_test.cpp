// Groups that end in any order, and candidates that fail at any moment.
#include <gtest/gtest.h>

#include <map>
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

// Groups end what they have in a random order; one unit in `one_in` finds its candidate bad.
Done work_in_any_order(const Plan& plan, PythonRandom& random, int64_t one_in) {
  Handout handout(plan);
  Done done;
  std::map<int, int64_t> busy;  // The unit of each group at work.
  std::vector<int> idle;
  for (int group = 0; group < plan.groups; ++group) idle.push_back(group);
  while (!busy.empty() || !idle.empty()) {
    const auto choice =
        static_cast<size_t>(random.randint(0, static_cast<int64_t>(idle.size() + busy.size()) - 1));
    if (choice < idle.size()) {
      const int group = idle[choice];
      idle.erase(idle.begin() + static_cast<std::ptrdiff_t>(choice));
      if (const auto unit = handout.next(group)) {
        const int64_t candidate = plan.units[static_cast<size_t>(*unit)].candidate;
        done.after_failure = done.after_failure || done.failed.contains(candidate);
        busy.emplace(group, *unit);
      }
      continue;  // A group that gets nothing never asks again.
    }
    const auto ending = std::next(busy.begin(), static_cast<std::ptrdiff_t>(choice - idle.size()));
    const auto [group, number] = *ending;
    busy.erase(ending);
    const Unit& unit = plan.units[static_cast<size_t>(number)];
    if (one_in > 0 && random.randint(1, one_in) == 1) {
      handout.candidate_failed(number);
      done.failed.insert(unit.candidate);
    } else {
      for (int64_t i = unit.items.begin; i < unit.items.end; ++i) ++done.times[{unit.candidate, i}];
    }
    idle.push_back(group);
  }
  return done;
}

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
    const Done done = work_in_any_order(plan, random, one_in);
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
