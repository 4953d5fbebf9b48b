#include "verdict/consensus/epoch_file.h"

#include "consensus/json_place.h"

namespace verdict {
namespace {

constexpr uint64_t kMostUids = 65535;       // A uid has 16 bits, and so has their number.
constexpr uint64_t kMostStake = INT64_MAX;  // The chain counts it in I64F64.
constexpr uint64_t kMillion = 1'000'000;

std::vector<uint64_t> blocks_or_stakes(const JsonPlace& list, size_t n, uint64_t most) {
  std::vector<uint64_t> values;
  for (size_t i = 0; i < list.list_of(n).value.size(); ++i) values.push_back(list[i].whole(most));
  return values;
}

std::vector<bool> booleans(const JsonPlace& list, size_t n) {
  std::vector<bool> values;
  for (size_t i = 0; i < list.list_of(n).value.size(); ++i) values.push_back(list[i].boolean());
  return values;
}

StoredRow stored_row(const JsonPlace& list, size_t n) {
  StoredRow row;
  std::vector<bool> named(n);
  for (size_t k = 0; k < list.list().value.size(); ++k) {
    const JsonPlace pair = list[k];
    if (!pair.value.is_array() || pair.value.size() != 2) pair.refuse("a pair [uid, value]");
    const auto uid = static_cast<uint16_t>(pair[0].whole(n - 1));
    if (named[uid]) pair[0].refuse("each uid once in a row");
    named[uid] = true;
    row.push_back({uid, pair[1].u16()});
  }
  return row;
}

std::vector<StoredRow> stored_rows(const JsonPlace& object, size_t n) {
  std::vector<StoredRow> rows(n);
  for (const auto& [key, value] : object.object().value.items()) {
    rows[object.uid_key(key, n)] = stored_row({value, object.member(key)}, n);
  }
  return rows;
}

std::vector<uint64_t> commit_blocks(const JsonPlace& object, size_t n) {
  std::vector<uint64_t> blocks(n, kNoCommit);
  for (const auto& [key, value] : object.object().value.items()) {
    blocks[object.uid_key(key, n)] = JsonPlace{value, object.member(key)}.whole();
  }
  return blocks;
}

std::string mode_of(const SubnetParameters& p) {
  if (!p.yuma3) return "yuma";
  return p.liquid_alpha ? "yuma3-liquid-alpha" : "yuma3";
}

void check_mode(const JsonPlace& mode, const SubnetParameters& p) {
  if (mode.text() != mode_of(p)) mode.refuse("'" + mode_of(p) + "', as params say");
}

// Reads params key by key; what is absent keeps its default.
class ParameterReader {
 public:
  ParameterReader(const JsonPlace& params, size_t n) : params_(params.object()), n_(n) {}

  SubnetParameters read() {
    SubnetParameters p;
    set("kappa", [&](const JsonPlace& v) { p.kappa = v.u16(); });
    set("bonds_penalty", [&](const JsonPlace& v) { p.bonds_penalty = v.u16(); });
    set("bonds_moving_average",
        [&](const JsonPlace& v) { p.bonds_moving_average = v.whole(kMillion); });
    set("yuma3", [&](const JsonPlace& v) { p.yuma3 = v.boolean(); });
    set("liquid_alpha", [&](const JsonPlace& v) { p.liquid_alpha = v.boolean(); });
    set("alpha_low", [&](const JsonPlace& v) { p.alpha_low = v.u16(); });
    set("alpha_high", [&](const JsonPlace& v) { p.alpha_high = v.u16(); });
    set("alpha_sigmoid_steepness",
        [&](const JsonPlace& v) { p.alpha_sigmoid_steepness = v.i32(); });
    set("max_allowed_validators", [&](const JsonPlace& v) { p.max_allowed_validators = v.u16(); });
    set("activity_cutoff", [&](const JsonPlace& v) { p.activity_cutoff = v.whole(); });
    set("tempo", [&](const JsonPlace& v) { p.tempo = v.whole(); });
    set("min_stake", [&](const JsonPlace& v) { p.min_stake = v.whole(); });
    set("last_step_block", [&](const JsonPlace& v) { p.last_step_block = v.whole(); });
    set("owner_uid", [&](const JsonPlace& v) { p.owner_uid = owner(v); });
    params_.refuse_other_keys(known_);
    // The chain takes no other; only here is it looked at.
    if (p.yuma3 && p.liquid_alpha && p.alpha_low > p.alpha_high) {
      throw FormatError(params_.member("alpha_low") + ": expected at most alpha_high = " +
                        std::to_string(p.alpha_high) + ", found " + std::to_string(p.alpha_low));
    }
    return p;
  }

 private:
  template <class Take>
  void set(const std::string& key, const Take& take) {
    known_.insert(key);
    if (params_.value.contains(key)) take(params_.at(key));
  }
  [[nodiscard]] std::optional<uint16_t> owner(const JsonPlace& v) const {
    if (v.value.is_null()) return std::nullopt;
    return static_cast<uint16_t>(v.whole(n_ - 1));
  }

  JsonPlace params_;
  size_t n_ = 0;
  std::set<std::string> known_{};
};

Json u16_shares(const std::vector<Fixed>& values) {
  Json list = Json::array();
  for (const Fixed value : values) list.push_back(share_to_u16(value));
  return list;
}

Json bits(const std::vector<Fixed>& values) {
  Json list = Json::array();
  for (const Fixed value : values) list.push_back(value.bits());
  return list;
}

}  // namespace

SubnetParameters parameters_from_json(const Json& params, size_t n) {
  return ParameterReader({params, "params"}, n).read();
}

SubnetState epoch_from_json(const Json& root) {
  const JsonPlace top{root};
  top.object().refuse_other_keys({"id", "note", "expected", "mode", "n", "block", "emission",
                                  "stake", "params", "last_update", "block_at_registration",
                                  "validator_permit", "weights", "bonds", "commit_blocks"});
  const size_t n = top.at("n").whole(kMostUids, 1);
  const Json nothing = Json::object();
  const auto optional = [&](const std::string& key) {
    return root.contains(key) ? top.at(key) : JsonPlace{nothing, key};
  };
  SubnetState state;
  state.params = parameters_from_json(optional("params").value, n);
  if (root.contains("mode")) check_mode(top.at("mode"), state.params);
  state.block = top.at("block").whole();
  state.emission = top.at("emission").whole();
  state.stake = blocks_or_stakes(top.at("stake"), n, kMostStake);
  state.last_update = blocks_or_stakes(top.at("last_update"), n, UINT64_MAX);
  state.block_at_registration = blocks_or_stakes(top.at("block_at_registration"), n, UINT64_MAX);
  state.validator_permit = booleans(top.at("validator_permit"), n);
  state.weights = stored_rows(top.at("weights"), n);
  state.bonds = stored_rows(optional("bonds"), n);
  state.commit_block = commit_blocks(optional("commit_blocks"), n);
  return state;
}

SubnetState parse_epoch(std::string_view text) { return epoch_from_json(parse_json(text)); }

Json epoch_json(const EpochResult& r) {
  Json bonds = Json::object();
  for (size_t i = 0; i < r.bonds.size(); ++i) {
    if (r.bonds[i].empty()) continue;
    Json row = Json::array();
    for (const StoredEntry& e : r.bonds[i]) row.push_back({e.uid, e.value});
    bonds[std::to_string(i)] = row;
  }
  return {{"stake_weight", u16_shares(r.stake_weight)},
          {"active", r.active},
          {"consensus", u16_shares(r.consensus)},
          {"validator_trust", u16_shares(r.validator_trust)},
          {"incentive", u16_shares(r.incentive)},
          {"dividends", u16_shares(r.dividends)},
          {"emission", r.emission},
          {"server_emission", r.server_emission},
          {"validator_emission", r.validator_emission},
          {"validator_permit", r.validator_permit},
          {"bonds", bonds},
          {"incentive_bits", bits(r.incentive)},
          {"dividends_bits", bits(r.dividends)},
          {"consensus_bits", bits(r.consensus)}};
}

}  // namespace verdict
