#include "verdict/competition/preflight.h"

#include <algorithm>
#include <set>
#include <utility>

namespace verdict {
namespace {

constexpr int64_t kNoLimit = 65535;

std::string number(uint64_t value) { return std::to_string(value); }
std::string number(int64_t value) { return std::to_string(value); }
std::string count_of(size_t n, const std::string& one, const std::string& many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}
std::string entries(const WeightsToSet& w) { return count_of(w.uids.size(), "entry", "entries"); }

// Names the rule that is being looked at.
struct Rule {
  std::string name{};

  [[nodiscard]] CheckedRule kept_if(bool kept, std::string words) const {
    return {name, kept ? RuleOutcome::kept : RuleOutcome::broken, std::move(words)};
  }
  [[nodiscard]] CheckedRule unknown(const std::string& key) const {
    return {name, RuleOutcome::not_checked, "depends on '" + key + "' of the chain, not given"};
  }
};

// The chain lets a uid that weighs only itself pass where it asks something of the vector.
bool is_self_weight(const WeightsToSet& w, const ChainView& chain) {
  return chain.uid && w.uids.size() == 1 && w.uids.front() == *chain.uid;
}

CheckedRule root_network(const WeightsToSet& w) {
  return Rule{"root_network"}.kept_if(
      w.netuid != 0, "subnet " + number(w.netuid) + "; on the root network, 0, no weights are set");
}

CheckedRule same_lengths(const WeightsToSet& w) {
  return Rule{"same_lengths"}.kept_if(w.uids.size() == w.values.size(),
                                      count_of(w.uids.size(), "uid", "uids") + " and " +
                                          count_of(w.values.size(), "weight", "weights"));
}

CheckedRule subnet_exists(const WeightsToSet& w, const ChainView& chain) {
  const Rule rule{"subnet_exists"};
  if (!chain.subnet_exists) return rule.unknown("subnet_exists");
  const std::string subnet = "subnet " + number(w.netuid);
  if (!*chain.subnet_exists) return rule.kept_if(false, subnet + " does not exist");
  if (!chain.mechanisms) return rule.unknown("mechanisms");
  return rule.kept_if(chain.mechanism < *chain.mechanisms,
                      subnet + " has " + number(*chain.mechanisms) +
                          " mechanisms, counted from 0; these weights are for mechanism " +
                          number(chain.mechanism));
}

CheckedRule at_most_all_uids(const WeightsToSet& w, const ChainView& chain) {
  const Rule rule{"at_most_all_uids"};
  if (!chain.uids) return rule.unknown("uids");
  return rule.kept_if(std::cmp_less_equal(w.uids.size(), *chain.uids),
                      entries(w) + ", the subnet has " + number(*chain.uids) + " uids");
}

CheckedRule registered(const ChainView& chain) {
  const Rule rule{"registered"};
  if (!chain.uid) return rule.unknown("uid");
  return rule.kept_if(*chain.uid != kNotRegistered,
                      *chain.uid == kNotRegistered
                          ? "the validator's hotkey is not registered on this subnet"
                          : "the validator sits at uid " + number(*chain.uid));
}

CheckedRule enough_stake(const ChainView& chain) {
  const Rule rule{"enough_stake"};
  if (!chain.stake) return rule.unknown("stake");
  if (!chain.least_stake) return rule.unknown("least_stake");
  return rule.kept_if(*chain.stake >= *chain.least_stake,
                      "the validator's stake is " + number(*chain.stake) +
                          " rao, setting weights needs " + number(*chain.least_stake) + " rao");
}

CheckedRule version_key(const WeightsToSet& w, const ChainView& chain) {
  const Rule rule{"version_key"};
  if (!chain.version_key) return rule.unknown("version_key");
  return rule.kept_if(*chain.version_key == 0 || w.version_key >= *chain.version_key,
                      "ours is " + number(w.version_key) + ", the subnet's " +
                          number(*chain.version_key) + " (at least that; 0 takes any)");
}

CheckedRule rate_limit(const ChainView& chain) {
  const Rule rule{"rate_limit"};
  if (!chain.commit_reveal) return rule.unknown("commit_reveal");
  if (*chain.commit_reveal) return rule.kept_if(true, "none where weights are committed first");
  if (!chain.last_update) return rule.unknown("last_update");
  if (*chain.last_update == 0) return rule.kept_if(true, "these are the validator's first weights");
  if (!chain.block) return rule.unknown("block");
  if (!chain.rate_limit) return rule.unknown("rate_limit");
  const int64_t passed = *chain.block - *chain.last_update;
  const int64_t wait = *chain.rate_limit - passed;
  return rule.kept_if(wait <= 0,
                      "the last weights are " + number(passed) + " blocks old, the limit is " +
                          number(*chain.rate_limit) +
                          (wait > 0 ? ": possible from block " + number(*chain.block + wait) + " on"
                                    : std::string()));
}

CheckedRule permit(const WeightsToSet& w, const ChainView& chain) {
  const Rule rule{"permit"};
  if (is_self_weight(w, chain)) return rule.kept_if(true, "not needed to weigh oneself alone");
  if (chain.validator_permit.value_or(false))
    return rule.kept_if(true, "the validator has a permit");
  if (chain.owner.value_or(false)) return rule.kept_if(true, "the validator owns the subnet");
  if (!chain.validator_permit) return rule.unknown("validator_permit");
  if (!chain.owner) return rule.unknown("owner");
  return rule.kept_if(false, "the validator has no permit and does not own the subnet");
}

CheckedRule each_uid_once(const WeightsToSet& w) {
  std::set<int64_t> seen;
  for (const int64_t uid : w.uids) {
    if (!seen.insert(uid).second)
      return Rule{"each_uid_once"}.kept_if(false, "uid " + number(uid) + " stands there twice");
  }
  return Rule{"each_uid_once"}.kept_if(true, "no uid stands there twice");
}

CheckedRule uids_exist(const WeightsToSet& w, const ChainView& chain) {
  const Rule rule{"uids_exist"};
  if (!chain.uids) return rule.unknown("uids");
  for (const int64_t uid : w.uids) {
    if (uid < 0 || uid >= *chain.uids)
      return rule.kept_if(false, "there is no uid " + number(uid) + " in a subnet of " +
                                     number(*chain.uids) + " uids");
  }
  return rule.kept_if(true, "all are below " + number(*chain.uids));
}

CheckedRule enough_entries(const WeightsToSet& w, const ChainView& chain) {
  const Rule rule{"enough_entries"};
  if (is_self_weight(w, chain)) return rule.kept_if(true, "not asked of who weighs oneself alone");
  if (!chain.min_allowed_weights) return rule.unknown("min_allowed_weights");
  if (!chain.uids) return rule.unknown("uids");
  const int64_t least = std::min(*chain.min_allowed_weights, *chain.uids);
  return rule.kept_if(
      std::cmp_greater_equal(w.uids.size(), least),
      entries(w) + ", at least " + number(least) + " are asked for (min_allowed_weights " +
          number(*chain.min_allowed_weights) + ", " + number(*chain.uids) + " uids)");
}

CheckedRule none_too_large(const WeightsToSet& w, const ChainView& chain) {
  const Rule rule{"none_too_large"};
  if (!chain.max_weight_limit) return rule.unknown("max_weight_limit");
  const int64_t limit = *chain.max_weight_limit;
  if (limit >= kNoLimit) return rule.kept_if(true, "no limit (65535)");
  if (is_self_weight(w, chain)) return rule.kept_if(true, "not asked of who weighs oneself alone");
  int64_t sum = 0;
  for (const int64_t v : w.values) sum += v;
  const int64_t largest = w.values.empty() ? 0 : *std::ranges::max_element(w.values);
  // Shares as the chain has them, whole 2^-32ths, rounded down.
  const int64_t share = sum == 0 ? 0 : (largest << 32) / sum;
  return rule.kept_if(share <= (limit << 32) / kNoLimit,
                      "the largest is " + number(largest) + " of " + number(sum) + ", at most " +
                          number(limit) + " of 65535 is allowed");
}

CheckedRule same_owners(const WeightsToSet& w, const ChainView& chain) {
  const Rule rule{"same_owners"};
  if (!chain.registered_at) return rule.unknown("registered_at");
  for (size_t i = 0; i < std::min(w.uids.size(), w.values.size()); ++i) {
    const int64_t uid = w.uids[i];
    if (w.values[i] == 0 || uid < 0 || std::cmp_greater_equal(uid, chain.registered_at->size()))
      continue;
    const int64_t since = (*chain.registered_at)[static_cast<size_t>(uid)];
    if (since > w.block)
      return rule.kept_if(false, "uid " + number(uid) + " was registered anew at block " +
                                     number(since) + ", after the evaluation at block " +
                                     number(w.block));
  }
  return rule.kept_if(true, "nobody paid was registered after block " + number(w.block));
}

}  // namespace

std::vector<CheckedRule> preflight(const WeightsToSet& weights, const ChainView& chain) {
  return {root_network(weights),
          same_lengths(weights),
          subnet_exists(weights, chain),
          at_most_all_uids(weights, chain),
          registered(chain),
          enough_stake(chain),
          version_key(weights, chain),
          rate_limit(chain),
          permit(weights, chain),
          each_uid_once(weights),
          uids_exist(weights, chain),
          enough_entries(weights, chain),
          none_too_large(weights, chain),
          same_owners(weights, chain)};
}

}  // namespace verdict
