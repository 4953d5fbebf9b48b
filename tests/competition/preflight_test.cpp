// The chain's acceptance rules (subtensor 14bc6f9f, pallets/subtensor/src/subnets/weights.rs), each
// kept, broken, and left open.
#include "verdict/competition/preflight.h"

#include <gtest/gtest.h>

#include <functional>

namespace verdict {
namespace {

WeightsToSet good_weights() {
  return {.netuid = 9, .block = 1000, .version_key = 4062, .uids = {3, 5}, .values = {65535, 7}};
}

ChainView good_chain() {
  return {.netuid = 9,
          .block = 1200,
          .subnet_exists = true,
          .mechanisms = 1,
          .uids = 8,
          .uid = 2,
          .stake = 1000,
          .least_stake = 1000,
          .version_key = 4062,
          .last_update = 1100,
          .rate_limit = 100,
          .commit_reveal = false,
          .validator_permit = true,
          .owner = false,
          .min_allowed_weights = 2,
          .max_weight_limit = 65535,
          .registered_at = std::vector<int64_t>{1, 1, 1, 1000, 2000, 999, 1, 1}};
}

CheckedRule rule_of(const std::vector<CheckedRule>& rules, const std::string& name) {
  for (const CheckedRule& r : rules)
    if (r.rule == name) return r;
  ADD_FAILURE() << "there is no rule " << name;
  return {};
}

std::vector<std::string> names_of(const std::vector<CheckedRule>& rules, RuleOutcome outcome) {
  std::vector<std::string> names;
  for (const CheckedRule& r : rules)
    if (r.outcome == outcome) names.push_back(r.rule);
  return names;
}

using Change = std::function<void(WeightsToSet&, ChainView&)>;

std::vector<CheckedRule> after(const Change& change) {
  WeightsToSet weights = good_weights();
  ChainView chain = good_chain();
  change(weights, chain);
  return preflight(weights, chain);
}

TEST(Preflight, WeightsThatTheChainTakesKeepEveryRuleInItsOrder) {
  const auto rules = preflight(good_weights(), good_chain());
  const std::vector<std::string> order{
      "root_network", "same_lengths",   "subnet_exists",  "at_most_all_uids", "registered",
      "enough_stake", "version_key",    "rate_limit",     "permit",           "each_uid_once",
      "uids_exist",   "enough_entries", "none_too_large", "same_owners"};
  EXPECT_EQ(names_of(rules, RuleOutcome::kept), order);
}

struct Refusal {
  std::string rule{};
  std::string words{};
  Change change{};
};

std::vector<Refusal> refusals_of_the_vector() {
  return {
      {"root_network", "subnet 0;", [](WeightsToSet& w, ChainView&) { w.netuid = 0; }},
      {"same_lengths", "2 uids and 1 weight",
       [](WeightsToSet& w, ChainView&) { w.values.pop_back(); }},
      {"at_most_all_uids", "2 entries, the subnet has 1 uids",
       [](WeightsToSet& w, ChainView& c) {
         w.uids = {0, 0};
         c.uids = 1;
       }},
      {"each_uid_once", "uid 3 stands there twice",
       [](WeightsToSet& w, ChainView&) {
         w.uids = {3, 3};
       }},
      {"uids_exist", "no uid 8 in a subnet of 8 uids",
       [](WeightsToSet& w, ChainView&) {
         w.uids = {3, 8};
       }},
      {"uids_exist", "no uid -1",
       [](WeightsToSet& w, ChainView&) {
         w.uids = {-1, 3};
       }},
      {"enough_entries", "2 entries, at least 3 are asked for (min_allowed_weights 3, 8 uids)",
       [](WeightsToSet&, ChainView& c) { c.min_allowed_weights = 3; }},
      {"enough_entries", "2 entries, at least 8 are asked for (min_allowed_weights 1024, 8 uids)",
       [](WeightsToSet&, ChainView& c) { c.min_allowed_weights = 1024; }},
      {"none_too_large", "the largest is 65535 of 65542, at most 32767 of 65535 is allowed",
       [](WeightsToSet&, ChainView& c) { c.max_weight_limit = 32767; }},
      {"same_owners", "uid 5 was registered anew at block 1001, after the evaluation at block 1000",
       [](WeightsToSet&, ChainView& c) { c.registered_at->at(5) = 1001; }}};
}

std::vector<Refusal> refusals_of_the_validator() {
  return {{"subnet_exists", "subnet 9 does not exist",
           [](WeightsToSet&, ChainView& c) { c.subnet_exists = false; }},
          {"subnet_exists", "has 1 mechanisms, counted from 0; these weights are for mechanism 1",
           [](WeightsToSet&, ChainView& c) { c.mechanism = 1; }},
          {"registered", "not registered on this subnet",
           [](WeightsToSet&, ChainView& c) { c.uid = kNotRegistered; }},
          {"enough_stake", "stake is 999 rao, setting weights needs 1000 rao",
           [](WeightsToSet&, ChainView& c) { c.stake = 999; }},
          {"version_key", "ours is 4062, the subnet's 4063",
           [](WeightsToSet&, ChainView& c) { c.version_key = 4063; }},
          {"rate_limit", "99 blocks old, the limit is 100: possible from block 1200 on",
           [](WeightsToSet&, ChainView& c) { c.block = 1199; }},
          {"permit", "no permit and does not own the subnet",
           [](WeightsToSet&, ChainView& c) { c.validator_permit = false; }}};
}

TEST(Preflight, EachRuleThatIsBrokenSaysSoWithItsNumbersAndNoOtherDoes) {
  std::vector<Refusal> all = refusals_of_the_vector();
  for (Refusal& r : refusals_of_the_validator()) all.push_back(std::move(r));
  for (const Refusal& refusal : all) {
    SCOPED_TRACE(refusal.rule + ": " + refusal.words);
    const auto rules = after(refusal.change);
    EXPECT_EQ(rule_of(rules, refusal.rule).outcome, RuleOutcome::broken);
    EXPECT_NE(rule_of(rules, refusal.rule).words.find(refusal.words), std::string::npos)
        << rule_of(rules, refusal.rule).words;
    // One uid in a list of two and the other way round break two rules at once.
    const size_t least = refusal.rule == "at_most_all_uids" ? 2 : 1;
    EXPECT_EQ(names_of(rules, RuleOutcome::broken).size(), least);
  }
}

TEST(Preflight, WhatTheChainLetsPassIsKept) {
  const std::vector<Refusal> passes{
      {"version_key", "",
       [](WeightsToSet& w, ChainView& c) { w.version_key = c.version_key.emplace(0); }},
      {"rate_limit", "first", [](WeightsToSet&, ChainView& c) { c.last_update = 0; }},
      {"rate_limit", "committed",
       [](WeightsToSet&, ChainView& c) {
         c.commit_reveal = true;
         c.block = 1101;
       }},
      {"permit", "owns",
       [](WeightsToSet&, ChainView& c) {
         c.validator_permit = false;
         c.owner = true;
       }},
      // Of three equal weights each has a third, which the chain rounds down on both sides.
      {"none_too_large", "1 of 3",
       [](WeightsToSet& w, ChainView& c) {
         w.uids = {1, 3, 5};
         w.values = {1, 1, 1};
         c.max_weight_limit = 21845;
       }},
      {"enough_entries", "at least 0",
       [](WeightsToSet& w, ChainView& c) {
         w.uids.clear();
         w.values.clear();
         c.min_allowed_weights = 0;
       }},
      {"same_owners", "", [](WeightsToSet& w, ChainView&) {
         w.uids = {3, 4};
         w.values = {65535, 0};
       }}};
  for (const Refusal& pass : passes) {
    const auto rules = after(pass.change);
    EXPECT_EQ(names_of(rules, RuleOutcome::broken), std::vector<std::string>{}) << pass.rule;
    EXPECT_NE(rule_of(rules, pass.rule).words.find(pass.words), std::string::npos)
        << rule_of(rules, pass.rule).words;
  }
}

TEST(Preflight, WhoWeighsOneselfAloneNeedsNoPermitAndNoOtherEntries) {
  const auto rules = after([](WeightsToSet& w, ChainView& c) {
    w.uids = {2};
    w.values = {65535};
    c.validator_permit = false;
    c.min_allowed_weights = 4;
    c.max_weight_limit = 100;
  });
  EXPECT_EQ(names_of(rules, RuleOutcome::broken), std::vector<std::string>{});
}

TEST(Preflight, WhatTheFilesDoNotSayIsNotCheckedAndNamed) {
  const auto rules = preflight(good_weights(), {});
  const std::vector<std::string> own{"root_network", "same_lengths", "each_uid_once"};
  EXPECT_EQ(names_of(rules, RuleOutcome::kept), own);
  EXPECT_EQ(names_of(rules, RuleOutcome::not_checked).size(), 11U);
  const std::vector<std::pair<std::string, Change>> gaps{
      {"subnet_exists", [](WeightsToSet&, ChainView& c) { c.mechanisms.reset(); }},
      {"registered", [](WeightsToSet&, ChainView& c) { c.uid.reset(); }},
      {"enough_stake", [](WeightsToSet&, ChainView& c) { c.least_stake.reset(); }},
      {"version_key", [](WeightsToSet&, ChainView& c) { c.version_key.reset(); }},
      {"rate_limit", [](WeightsToSet&, ChainView& c) { c.rate_limit.reset(); }},
      {"rate_limit", [](WeightsToSet&, ChainView& c) { c.last_update.reset(); }},
      {"permit", [](WeightsToSet&, ChainView& c) { c.validator_permit.reset(); }},
      {"enough_entries", [](WeightsToSet&, ChainView& c) { c.min_allowed_weights.reset(); }},
      {"none_too_large", [](WeightsToSet&, ChainView& c) { c.max_weight_limit.reset(); }},
      {"same_owners", [](WeightsToSet&, ChainView& c) { c.registered_at.reset(); }}};
  for (const auto& [rule, change] : gaps) {
    EXPECT_EQ(names_of(after(change), RuleOutcome::not_checked), std::vector<std::string>{rule});
  }
}

}  // namespace
}  // namespace verdict
