#include "app/publish/other_validators.h"

#include <algorithm>
#include <iterator>

#include "verdict/competition/top_miners.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

constexpr double kNoticed = 0.05;

ValidatorRow row_of(const WeightsToSet& weights) {
  ValidatorRow row{.permit = true};
  for (size_t i = 0; i < weights.uids.size(); ++i)
    row.weights.emplace_back(weights.uids[i], static_cast<double>(weights.values[i]));
  return row;
}

// The uid that a row pays most, the first of equals.
std::optional<int64_t> top_of(const ValidatorRow& row) {
  const auto top = std::ranges::max_element(row.weights, {}, &std::pair<int64_t, double>::second);
  if (top == row.weights.end() || top->second <= 0) return std::nullopt;
  return top->first;
}

std::vector<int64_t> without(const std::vector<int64_t>& all, const std::vector<int64_t>& those) {
  std::vector<int64_t> left;
  std::ranges::set_difference(all, those, std::back_inserter(left));
  return left;
}

std::string list(const std::vector<int64_t>& uids) {
  std::string text;
  for (const int64_t uid : uids) text += (text.empty() ? "" : ", ") + std::to_string(uid);
  return text;
}

}  // namespace

std::optional<OtherValidators> compare_with_others(const WeightsToSet& weights,
                                                   const ChainView& chain) {
  if (!chain.validators) return std::nullopt;
  const auto least = static_cast<double>(chain.least_stake.value_or(0));
  const ValidatorRow ours = row_of(weights);
  const auto our_top = top_of(ours);
  std::vector<ValidatorRow> rows;
  double all = 0.0;
  double same = 0.0;
  for (const ValidatorRow& row : *chain.validators) {
    if (row.uid == chain.uid || !row.permit || row.stake < least || !top_of(row)) continue;
    rows.push_back(row);
    all += row.stake;
    if (top_of(row) == our_top) same += row.stake;
  }
  const std::vector<int64_t> here = top_miners({ours}, 0.0, kNoticed);
  const std::vector<int64_t> there = top_miners(rows, least, kNoticed);
  return OtherValidators{.validators = rows.size(),
                         .same_top_stake_share = all > 0 ? same / all : 0.0,
                         .only_here = without(here, there),
                         .only_there = without(there, here)};
}

Json others_json(const std::optional<OtherValidators>& others) {
  if (!others) return nullptr;
  return {{"validators", others->validators},
          {"same_top_stake_share", others->same_top_stake_share},
          {"only_here", others->only_here},
          {"only_there", others->only_there}};
}

std::string others_text(const std::optional<OtherValidators>& others) {
  if (!others) return "";
  if (others->validators == 0)
    return "\nno other validator with a permit and enough stake has set weights\n";
  std::string text =
      "\nother validators with a permit and enough stake: " + std::to_string(others->validators) +
      "; " + format_fixed(100.0 * others->same_top_stake_share, 1) +
      " % of their stake pays most to the uid that is paid most here\n";
  if (!others->only_here.empty())
    text += "  paid here (at least 5 %) and by none of them: uid " + list(others->only_here) + "\n";
  if (!others->only_there.empty())
    text +=
        "  paid by one of them (at least 5 %) and not here: uid " + list(others->only_there) + "\n";
  return text;
}

}  // namespace verdict
