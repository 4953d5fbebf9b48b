#include "verdict/consensus/agreement.h"

#include <algorithm>
#include <numeric>

#include "consensus/json_place.h"
#include "verdict/consensus/epoch_file.h"

namespace verdict {
namespace {

constexpr uint64_t kMostStake = INT64_MAX;
constexpr uint64_t kLastUid = 65534;

Operator operator_from(const JsonPlace& place) {
  place.object().refuse_other_keys({"uid", "stake", "weights", "name"});
  Operator op;
  op.uid = static_cast<uint16_t>(place.at("uid").whole(kLastUid));
  op.stake = place.at("stake").whole(kMostStake);
  op.name = place.value.contains("name") ? place.at("name").text()
                                         : "validator " + std::to_string(op.uid);
  if (place.value.contains("weights")) op.weights_file = place.at("weights").text();
  return op;
}

// A name or a uid that stands twice would make two operators one in what we say.
void refuse_twins(const std::vector<Operator>& all, const JsonPlace& list) {
  for (size_t i = 0; i < all.size(); ++i) {
    for (size_t k = 0; k < i; ++k) {
      if (all[k].uid == all[i].uid) list[i].at("uid").refuse("another uid than " + list[k].name);
      if (all[k].name == all[i].name) {
        throw FormatError(list[i].name + ": expected another name than " + list[k].name +
                          ", found \"" + printable(all[i].name) + "\"");
      }
    }
  }
}

// What the chain stores of it, without zeros: they weigh nothing here.
StoredRow stored(const StoredRow& published) {
  StoredRow row = scale_to_u16(published);
  std::erase_if(row, [](const StoredEntry& e) { return e.value == 0; });
  std::sort(row.begin(), row.end(),
            [](const StoredEntry& a, const StoredEntry& b) { return a.uid < b.uid; });
  return row;
}

// Blocks play no part: everyone registered in block 0 and set weights in block 1, which is now.
SubnetState state_of(const Operators& operators, const std::vector<StoredRow>& rows) {
  uint16_t last_uid = operators.params.owner_uid.value_or(0);
  for (size_t i = 0; i < rows.size(); ++i) {
    last_uid = std::max(last_uid, operators.all[i].uid);
    for (const StoredEntry& e : rows[i]) last_uid = std::max(last_uid, e.uid);
  }
  const size_t n = size_t{last_uid} + 1;
  SubnetState state;
  state.params = operators.params;
  state.block = 1;
  state.emission = operators.emission;
  state.stake.resize(n);
  state.last_update.assign(n, 1);
  state.block_at_registration.resize(n);
  state.validator_permit.resize(n);
  state.weights.resize(n);
  state.bonds.resize(n);
  state.commit_block.assign(n, kNoCommit);
  for (size_t i = 0; i < rows.size(); ++i) {
    const Operator& op = operators.all[i];
    if (state.validator_permit[op.uid])
      throw SystemError("two operators have uid " + std::to_string(op.uid));
    state.stake[op.uid] = op.stake;
    state.validator_permit[op.uid] = true;
    state.weights[op.uid] = rows[i];
  }
  return state;
}

// Who has set no weights is no majority, whatever the stake. Equal stake: the group of the operator
// that comes first.
std::vector<size_t> largest_group(const Operators& operators, const std::vector<StoredRow>& rows) {
  __extension__ using Wide = unsigned __int128;
  std::vector<size_t> best;
  Wide most = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    std::vector<size_t> group;
    Wide stake = 0;
    if (rows[i].empty()) continue;
    for (size_t k = 0; k < rows.size(); ++k) {
      if (rows[k] != rows[i]) continue;
      group.push_back(k);
      stake += operators.all[k].stake;
    }
    if (best.empty() || stake > most) {
      best = group;
      most = stake;
    }
  }
  if (best.empty()) {  // Nobody has set any.
    best.resize(rows.size());
    std::iota(best.begin(), best.end(), size_t{0});
  }
  return best;
}

}  // namespace

Operators parse_operators(std::string_view text) {
  const Json root = parse_json(text);
  const JsonPlace top{root};
  top.object().refuse_other_keys({"operators", "emission", "params"});
  Operators operators;
  // So that a difference of two amounts is a number, too.
  if (root.contains("emission")) operators.emission = top.at("emission").whole(INT64_MAX);
  if (root.contains("params"))
    operators.params = parameters_from_json(root["params"], kLastUid + 1);
  const JsonPlace list = top.at("operators");
  if (list.list().value.empty()) list.refuse("at least one operator");
  for (size_t i = 0; i < list.value.size(); ++i) operators.all.push_back(operator_from(list[i]));
  refuse_twins(operators.all, list);
  return operators;
}

Agreement compare_operators(const Operators& operators) {
  if (operators.all.empty()) throw SystemError("no operators to compare");
  std::vector<StoredRow> rows;
  for (const Operator& op : operators.all) rows.push_back(stored(op.weights));
  Agreement agreement;
  agreement.majority = largest_group(operators, rows);
  agreement.all_agree = agreement.majority.size() == rows.size();
  agreement.result = run_epoch(state_of(operators, rows));
  const StoredRow& majority_row = rows[agreement.majority.front()];
  const std::vector<StoredRow> same_rows(rows.size(), majority_row);
  const EpochResult if_all_agreed = run_epoch(state_of(operators, same_rows));
  for (size_t i = 0; i < rows.size(); ++i) {
    const uint16_t uid = operators.all[i].uid;
    OperatorOutcome outcome;
    outcome.with_majority = rows[i] == majority_row;
    outcome.stake_share = agreement.result.stake_weight[uid];
    outcome.validator_trust = agreement.result.validator_trust[uid];
    outcome.earns = outcome.earns_with_majority = agreement.result.validator_emission[uid];
    outcome.earns_if_all_agreed = if_all_agreed.validator_emission[uid];
    if (!outcome.with_majority) {
      std::vector<StoredRow> joined = rows;
      joined[i] = majority_row;
      outcome.earns_with_majority = run_epoch(state_of(operators, joined)).validator_emission[uid];
    }
    agreement.operators.push_back(outcome);
  }
  return agreement;
}

}  // namespace verdict
