// Of many plans: every item once, near a bound that no plan can beat, quickly, and always the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <string>

#include "partition/work_shapes.h"
#include "verdict/partition/plan.h"

namespace verdict {
namespace {

using Mix = std::vector<CandidateWork> (*)(int64_t candidates, const MachineRates&);

// 50 rows of each of six tasks.
const std::vector<int64_t> kRows(6, 50);

template <size_t N>
std::vector<CandidateWork> in_turn(const std::array<ModelShape, N>& shapes, int64_t candidates,
                                   const MachineRates& rates) {
  std::vector<CandidateWork> work;
  for (int64_t c = 0; c < candidates; ++c)
    work.push_back(work_of(c, shapes[static_cast<size_t>(c) % N], rates, kRows));
  return work;
}

std::vector<CandidateWork> equal(int64_t candidates, const MachineRates& rates) {
  return in_turn(std::array{k3B}, candidates, rates);
}
std::vector<CandidateWork> two_sizes(int64_t candidates, const MachineRates& rates) {
  return in_turn(std::array{k3B, k14B}, candidates, rates);
}
std::vector<CandidateWork> three_sizes(int64_t candidates, const MachineRates& rates) {
  return in_turn(std::array{kTiny, k14B, k3B, k3B}, candidates, rates);
}
std::vector<CandidateWork> one_giant(int64_t candidates, const MachineRates& rates) {
  auto work = in_turn(std::array{kTiny}, candidates, rates);
  work[0] = work_of(0, k14B, rates, kRows);
  return work;
}

void expect_every_item_once(const std::vector<CandidateWork>& work, const Plan& plan) {
  std::map<int64_t, std::vector<int>> times;
  for (const CandidateWork& w : work) times[w.candidate].assign(w.items.size(), 0);
  std::vector<double> busy(static_cast<size_t>(plan.groups), 0.0);
  for (const Unit& unit : plan.units) {
    ASSERT_GE(unit.planned_group, 0);
    ASSERT_LT(unit.planned_group, plan.groups);
    ASSERT_LT(unit.items.begin, unit.items.end);
    for (int64_t i = unit.items.begin; i < unit.items.end; ++i)
      ++times.at(unit.candidate).at(static_cast<size_t>(i));
    busy[static_cast<size_t>(unit.planned_group)] += unit.seconds;
  }
  for (const auto& [candidate, counts] : times) {
    EXPECT_TRUE(std::all_of(counts.begin(), counts.end(), [](int n) { return n == 1; }))
        << "candidate " << candidate;
  }
  if (!plan.units.empty()) {
    EXPECT_EQ(plan.makespan_seconds, *std::max_element(busy.begin(), busy.end()));
  }
}

// The same from the units' items alone: what each group really has to do, loads included.
double honest_makespan(const std::vector<CandidateWork>& work, const Plan& plan) {
  std::vector<double> busy(static_cast<size_t>(plan.groups), 0.0);
  std::vector<int64_t> loaded(static_cast<size_t>(plan.groups), -1);
  for (const Unit& unit : plan.units) {
    const auto group = static_cast<size_t>(unit.planned_group);
    const CandidateWork& w = *std::find_if(
        work.begin(), work.end(), [&](const auto& c) { return c.candidate == unit.candidate; });
    if (loaded[group] != unit.candidate) busy[group] += w.load_seconds;
    loaded[group] = unit.candidate;
    for (int64_t i = unit.items.begin; i < unit.items.end; ++i)
      busy[group] += w.items[static_cast<size_t>(i)].seconds;
  }
  return *std::max_element(busy.begin(), busy.end());
}

Plan plan_in_time(const std::vector<CandidateWork>& work, int groups) {
  const auto start = std::chrono::steady_clock::now();
  Plan plan = make_plan(work, groups);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
  return plan;
}

constexpr std::array kGroups{1, 2, 3, 8, 16, 63, 100, 128, 333, 512, 1000, 1024};
constexpr std::array<int64_t, 7> kCandidates{1, 3, 8, 15, 40, 100, 256};

// The one of all these plans where the bound is 8 % below the best: 300 groups are filled by the
// 14B models' items, of which each leaves room for one item of a 3B model, or for two from 7,153 s
// on; the 33 other groups take six of those each in less. That is 498 places for 504 items.
bool is_beyond_the_bound(const std::string& mix, int groups, int64_t candidates) {
  return mix == "ThreeSizes" && groups == 333 && candidates == 15;
}

class MixOfModels : public testing::TestWithParam<std::pair<const char*, Mix>> {};

TEST_P(MixOfModels, EveryItemIsInOneUnitAndNoPlanIsFivePercentShorter) {
  for (const MachineRates& rates : {kGpu, kCore}) {
    for (const int groups : kGroups) {
      for (const int64_t candidates : kCandidates) {
        SCOPED_TRACE(std::to_string(groups) + " groups, " + std::to_string(candidates) +
                     " candidates, " + std::to_string(rates.flop) + " FLOP/s");
        const auto work = GetParam().second(candidates, rates);
        const Plan plan = plan_in_time(work, groups);
        expect_every_item_once(work, plan);
        EXPECT_NEAR(plan.makespan_seconds, honest_makespan(work, plan),
                    1e-9 * plan.makespan_seconds);
        EXPECT_GE(plan.makespan_seconds, plan.lower_bound_seconds * (1 - 1e-9));
        const bool beyond =
            rates.flop == kCore.flop && is_beyond_the_bound(GetParam().first, groups, candidates);
        EXPECT_LE(plan.makespan_seconds, plan.lower_bound_seconds * (beyond ? 1.084 : 1.05));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Plan, MixOfModels,
                         testing::Values(std::pair("Equal", &equal),
                                         std::pair("TwoSizes", &two_sizes),
                                         std::pair("ThreeSizes", &three_sizes),
                                         std::pair("OneGiantManySmall", &one_giant)),
                         [](const auto& mix) { return std::string(mix.param.first); });

std::vector<CandidateWork> random_work(PythonRandom& random, int64_t candidates) {
  const double load_in_items = spread(random, 0.05, 30);
  const std::vector<int64_t> rows(static_cast<size_t>(random.randint(2, 6)),
                                  random.randint(40, 100));
  std::vector<CandidateWork> work;
  for (int64_t c = 0; c < candidates; ++c) {
    const double row = spread(random, 0.05, 20);
    work.push_back(work_of(c, row * 4 * load_in_items * spread(random, 0.9, 1.1), rows, 4, row));
  }
  return work;
}

// Few long items per group and loads of any weight: here the bound is not always near what can be
// done, so a plan in fifty may miss it, none by far.
TEST(RandomPlans, AreNearTheBoundToo) {
  PythonRandom random = PythonRandom::from_decimal("20260101");
  int plans = 0;
  int above = 0;
  for (const int groups : kGroups) {
    for (const int64_t candidates : kCandidates) {
      const auto work = random_work(random, candidates);
      const Plan plan = plan_in_time(work, groups);
      expect_every_item_once(work, plan);
      EXPECT_GE(plan.makespan_seconds, plan.lower_bound_seconds * (1 - 1e-9));
      EXPECT_LE(plan.makespan_seconds, plan.lower_bound_seconds * 1.25)
          << groups << " groups, " << candidates << " candidates";
      ++plans;
      above += plan.makespan_seconds > plan.lower_bound_seconds * 1.05 ? 1 : 0;
    }
  }
  EXPECT_LE(above * 50, plans) << above << " of " << plans << " plans are 5 % above the bound";
}

TEST(Plan, IsTheSameEveryTime) {
  PythonRandom random = PythonRandom::from_decimal("7");
  const auto work = random_work(random, 40);
  const Plan first = make_plan(work, 100);
  const Plan second = make_plan(work, 100);
  ASSERT_EQ(first.units.size(), second.units.size());
  for (size_t i = 0; i < first.units.size(); ++i) {
    EXPECT_EQ(first.units[i].candidate, second.units[i].candidate);
    EXPECT_EQ(first.units[i].items, second.units[i].items);
    EXPECT_EQ(first.units[i].planned_group, second.units[i].planned_group);
  }
}

}  // namespace
}  // namespace verdict
