#include "verdict/consensus/agreement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "verdict/core/error.h"

namespace verdict {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const StoredRow kCommon{{3, 65535}, {4, 17873}, {5, 35746}};  // 0.55, 0.15, 0.30 of three miners.

// Three validators with 50, 30 and 20 of 100.
Operators three(const std::vector<StoredRow>& rows,
                const std::vector<uint64_t>& stakes = {50, 30, 20}) {
  Operators operators;
  const std::vector<std::string> names{"alice", "bob", "carol"};
  for (uint16_t i = 0; i < 3; ++i) {
    operators.all.push_back({.name = names[i],
                             .uid = i,
                             .stake = stakes[i],
                             .weights_file = "w.json",
                             .weights = rows[i]});
  }
  return operators;
}

std::vector<uint64_t> earnings(const Agreement& agreement) {
  std::vector<uint64_t> amounts;
  for (const OperatorOutcome& o : agreement.operators) amounts.push_back(o.earns);
  return amounts;
}

// The amounts of this and the next tests are those of the published scripts "wta-*".
TEST(Agreement, OperatorsWhoAgreeEarnByTheirStake) {
  const Agreement agreement = compare_operators(three({kCommon, kCommon, kCommon}));
  EXPECT_TRUE(agreement.all_agree);
  EXPECT_THAT(agreement.majority, ElementsAre(0, 1, 2));
  EXPECT_THAT(earnings(agreement), ElementsAre(250000001, 149999999, 99999999));
  for (const OperatorOutcome& o : agreement.operators) {
    EXPECT_TRUE(o.with_majority);
    EXPECT_EQ(o.earns, o.earns_with_majority);
    EXPECT_EQ(o.earns, o.earns_if_all_agreed);
  }
}

TEST(Agreement, WhoMissesOneWinnerPaysForItAndTheOthersGain) {
  const Agreement agreement =
      compare_operators(three({kCommon, kCommon, {{3, 65535}, {5, 35746}, {4, 1}}}));
  EXPECT_FALSE(agreement.all_agree);
  EXPECT_THAT(agreement.majority, ElementsAre(0, 1));
  EXPECT_THAT(earnings(agreement), ElementsAre(257731390, 154638833, 87629775));
  const OperatorOutcome& carol = agreement.operators[2];
  EXPECT_FALSE(carol.with_majority);
  EXPECT_EQ(carol.earns_with_majority, 99999999U);
  EXPECT_EQ(carol.earns_if_all_agreed, 99999999U);
  EXPECT_EQ(share_to_u16(carol.validator_trust), 55705);
  EXPECT_EQ(agreement.operators[0].earns_with_majority, agreement.operators[0].earns);
}

TEST(Agreement, ThreeWinnersOfThreeOperatorsPayNoMiner) {
  const Agreement agreement =
      compare_operators(three({{{3, 65535}}, {{4, 65535}}, {{5, 65535}}}, {40, 35, 25}));
  EXPECT_THAT(agreement.majority, ElementsAre(0));
  EXPECT_THAT(agreement.result.server_emission, testing::Each(0));
  EXPECT_THAT(earnings(agreement), ElementsAre(399999999, 349999999, 250000000));
}

TEST(Agreement, WeightsAreTheSameIfTheChainStoresTheSame) {
  const StoredRow small{{3, 2}, {4, 1}, {5, 0}};
  const StoredRow large{{4, 2}, {3, 4}};
  EXPECT_TRUE(compare_operators(three({small, large, small})).all_agree);
  EXPECT_FALSE(compare_operators(three({small, {{3, 4}, {4, 3}}, small})).all_agree);
}

TEST(Agreement, WhoHasSetNoWeightsIsNeverTheMajority) {
  const Agreement agreement = compare_operators(three({{}, {{4, 65535}}, {{4, 9}}}, {60, 20, 20}));
  EXPECT_THAT(agreement.majority, ElementsAre(1, 2));
  EXPECT_FALSE(agreement.operators[0].with_majority);
  EXPECT_GT(agreement.operators[0].earns_with_majority, 0U);
  const Agreement nobody = compare_operators(three({{}, {}, {}}));
  EXPECT_TRUE(nobody.all_agree);
  EXPECT_THAT(earnings(nobody), ElementsAre(500000000, 299999999, 199999999));
}

TEST(Agreement, OperatorsNeedAUidEach) {
  EXPECT_THROW(static_cast<void>(compare_operators({})), SystemError);
  Operators twins = three({kCommon, kCommon, kCommon});
  twins.all[2].uid = 0;
  EXPECT_THROW(static_cast<void>(compare_operators(twins)), SystemError);
}

TEST(Stakes, AreReadWithTheirDefaults) {
  const Operators o = parse_operators(
      R"({"operators": [{"uid": 7, "stake": 5}, {"uid": 8, "stake": 0, "name": "b", "weights": "w"}]})");
  ASSERT_EQ(o.all.size(), 2U);
  EXPECT_EQ(o.all[0].name, "validator 7");
  EXPECT_THAT(o.all[0].weights_file, IsEmpty());
  EXPECT_EQ(o.all[1].weights_file, "w");
  EXPECT_EQ(o.emission, 1'000'000'000U);
  EXPECT_EQ(o.params.kappa, 32767);
  EXPECT_TRUE(
      parse_operators(R"({"operators": [{"uid": 7, "stake": 5}], "params": {"yuma3": true}})")
          .params.yuma3);
}

TEST(Stakes, RefusalsNameTheFieldAndTheRule) {
  const std::vector<std::pair<std::string, std::string>> refusals{
      {R"([])", "expected an object, found a list of 0"},
      {R"({})", "operators: is missing"},
      {R"({"operators": []})", "operators: expected at least one operator"},
      {R"({"operators": {}})", "operators: expected a list"},
      {R"({"operators": [3]})", "operators[0]: expected an object, found 3"},
      {R"({"operators": [{"stake": 5}]})", "operators[0].uid: is missing"},
      {R"({"operators": [{"uid": 1}]})", "operators[0].stake: is missing"},
      {R"({"operators": [{"uid": 65535, "stake": 5}]})", "uid: expected a whole number from 0 to"},
      {R"({"operators": [{"uid": 1, "stake": -5}]})", "operators[0].stake: expected a whole"},
      {R"({"operators": [{"uid": 1, "stake": 0.5}]})", "found 0.5"},
      {R"({"operators": [{"uid": 1, "stake": 5, "name": ""}]})", "operators[0].name: expected"},
      {R"({"operators": [{"uid": 1, "stake": 5, "weights": 4}]})", "weights: expected a text"},
      {R"({"operators": [{"uid": 1, "stake": 5, "weight": "w"}]})", "weight: is not a known key"},
      {R"({"operators": [{"uid": 1, "stake": 5}, {"uid": 1, "stake": 6}]})",
       "operators[1].uid: expected another uid than operators[0], found 1"},
      {R"({"operators": [{"uid": 1, "stake": 5, "name": "x"}, {"uid": 2, "stake": 6, "name": "x"}]})",
       "operators[1]: expected another name than operators[0], found \"x\""},
      {R"({"operators": [{"uid": 1, "stake": 5}], "emission": 9223372036854775808})", "emission: "},
      {R"({"operators": [{"uid": 1, "stake": 5}], "params": {"kappa": -1}})", "params.kappa: "},
      {R"({"operators": [{"uid": 1, "stake": 5}], "stakes": 1})", "stakes: is not a known key"},
  };
  for (const auto& [text, said] : refusals) {
    try {
      static_cast<void>(parse_operators(text));
      ADD_FAILURE() << "accepted: " << text;
    } catch (const FormatError& e) {
      EXPECT_THAT(e.what(), HasSubstr(said));
    }
  }
}

}  // namespace
}  // namespace verdict
