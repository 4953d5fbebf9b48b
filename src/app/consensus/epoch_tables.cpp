#include "app/consensus/epoch_tables.h"

#include <cmath>
#include <numeric>

#include "verdict/core/table.h"

namespace verdict {
namespace {

std::string share(Fixed value) { return format_fixed(to_double(value), 4); }

std::string permit(const SubnetState& state, const EpochResult& result, size_t uid) {
  const bool owner = state.params.owner_uid == uid;
  if (owner) return "owner";
  if (state.validator_permit[uid]) return result.validator_permit[uid] ? "yes" : "loses it";
  return result.validator_permit[uid] ? "next epoch" : "no";
}

std::string mode(const SubnetParameters& p) {
  if (!p.yuma3) return "classic bonds";
  return p.liquid_alpha ? "Yuma3 with liquid alpha" : "Yuma3";
}

bool has_a_say(const SubnetState& state, const EpochResult& result, size_t uid) {
  return state.validator_permit[uid] || result.validator_permit[uid] ||
         result.validator_emission[uid] > 0;
}

bool has_support(const EpochResult& result, size_t uid) {
  return result.consensus[uid] > Fixed{} || result.server_emission[uid] > 0;
}

std::string validator_table(const SubnetState& state, const EpochResult& result) {
  using enum TextTable::Align;
  TextTable table({{"validator uid", right},
                   {"stake share", right},
                   {"active"},
                   {"permit"},
                   {"trust", right},
                   {"dividends", right},
                   {"earns [unit]", right}});
  for (size_t uid = 0; uid < state.stake.size(); ++uid) {
    if (!has_a_say(state, result, uid)) continue;
    table.add_row({std::to_string(uid), share(result.stake_weight[uid]),
                   result.active[uid] ? "yes" : "no", permit(state, result, uid),
                   share(result.validator_trust[uid]), share(result.dividends[uid]),
                   std::to_string(result.validator_emission[uid])});
  }
  return table.text(2);
}

std::string miner_table(const EpochResult& result) {
  using enum TextTable::Align;
  TextTable table({{"miner uid", right},
                   {"consensus weight", right},
                   {"incentive", right},
                   {"earns [unit]", right}});
  for (size_t uid = 0; uid < result.consensus.size(); ++uid) {
    if (!has_support(result, uid)) continue;
    table.add_row({std::to_string(uid), share(result.consensus[uid]), share(result.incentive[uid]),
                   std::to_string(result.server_emission[uid])});
  }
  return table.text(2);
}

}  // namespace

double to_double(Fixed value) { return std::ldexp(static_cast<double>(value.bits()), -32); }

std::string epoch_tables(const SubnetState& state, const EpochResult& result) {
  size_t silent = 0;
  bool any_miner = false;
  for (size_t uid = 0; uid < state.stake.size(); ++uid) {
    const bool miner = has_support(result, uid);
    any_miner = any_miner || miner;
    if (!miner && !has_a_say(state, result, uid)) ++silent;
  }
  std::string text = "block " + std::to_string(state.block) + ", " +
                     std::to_string(state.stake.size()) + " uids, " + mode(state.params) +
                     ", emission " + std::to_string(state.emission) + " of the smallest unit\n";
  text += validator_table(state, result);
  if (any_miner) {
    text += miner_table(result);
  } else {
    text +=
        "  no weight has the support of the majority: no miner earns, and stake alone is paid\n";
  }
  if (silent > 0) text += "  " + std::to_string(silent) + " other uids earn nothing\n";
  text += "  (shares of 1; amounts before the chain takes the owner's cut and the root's share)\n";
  return text;
}

}  // namespace verdict
