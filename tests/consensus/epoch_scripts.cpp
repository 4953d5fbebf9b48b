// Scripts of chain operations, and single epochs.
#include <map>

#include "consensus/checker.h"
#include "consensus/vector_reader.h"
#include "verdict/consensus/epoch_file.h"
#include "verdict/core/error.h"

namespace verdict::vectors {
namespace {

constexpr uint64_t kEmission = 1'000'000'000;

SubnetState initial_state(const Json& script) {
  const auto n = script["n"].get<size_t>();
  SubnetState state;
  state.params = parameters_from_json(script["params"], n);
  state.block = script["block"].get<uint64_t>();
  state.emission = kEmission;
  state.stake = script["stake"].get<std::vector<uint64_t>>();
  state.block_at_registration = script["registered"].get<std::vector<uint64_t>>();
  state.last_update = state.block_at_registration;
  state.validator_permit.resize(n);
  state.weights.resize(n);
  state.bonds.resize(n);
  state.commit_block.assign(n, kNoCommit);
  return state;
}

void set_weights(SubnetState& state, size_t uid, const Json& uids, const Json& values) {
  StoredRow row;
  for (size_t k = 0; k < uids.size(); ++k)
    row.push_back({uids[k].get<uint16_t>(), values[k].get<uint16_t>()});
  state.weights[uid] = scale_to_u16(row);
  state.last_update[uid] = state.block;
}

void replace(SubnetState& state, const Json& step) {
  const auto uid = step["uid"].get<uint16_t>();
  state.block_at_registration[uid] = state.last_update[uid] = state.block;
  state.stake[uid] = step.value("stake", uint64_t{0});
  state.weights[uid].clear();
  state.bonds[uid].clear();
  state.validator_permit[uid] = false;
  for (StoredRow& row : state.weights) {
    for (StoredEntry& e : row) e.value = e.uid == uid ? uint16_t{0} : e.value;
  }
}

void set_commit_blocks(SubnetState& state, const Json& values) {
  state.commit_block.assign(state.stake.size(), kNoCommit);
  for (const auto& [uid, block] : values.items())
    state.commit_block[std::stoul(uid)] = block.get<uint64_t>();
}

void operate(SubnetState& state, const Json& step) {
  const std::string op = step["op"];
  if (op == "block") {
    state.block = step["block"].get<uint64_t>();
  } else if (op == "set_weights") {
    set_weights(state, step["uid"].get<size_t>(), step["dests"], step["values"]);
  } else if (op == "set_weights_many") {
    const std::vector<Json> values(step["dests"].size(), step["value"]);
    for (const Json& uid : step["uids"])
      set_weights(state, uid.get<size_t>(), step["dests"], values);
  } else if (op == "replace") {
    replace(state, step);
  } else if (op == "stake") {
    state.stake[step["uid"].get<size_t>()] = step["value"].get<uint64_t>();
  } else if (op == "permits") {
    state.validator_permit = step["values"].get<std::vector<bool>>();
  } else if (op == "commit_blocks") {
    set_commit_blocks(state, step["values"]);
  } else if (op == "reset_bonds") {
    for (StoredRow& row : state.bonds)
      std::erase_if(row, [&](const StoredEntry& e) { return e.uid == step["uid"]; });
  } else {
    throw FormatError("no operation '" + op + "' is known");
  }
}

uint16_t bond(const EpochResult& result, const Json& triple) {
  for (const StoredEntry& e : result.bonds.at(triple[0].get<size_t>())) {
    if (e.uid == triple[1].get<uint16_t>()) return e.value;
  }
  return 0;
}

// Lists, and objects by uid.
void compare_by_uid(const std::string& key, const Json& got, const Json& expected, double scale,
                    double tolerance, Checker& checker) {
  if (expected.is_array() && expected.size() != got.size())
    return checker.same(key + " length", got.size(), expected.size());
  for (const auto& [uid, value] : expected.items()) {
    const Json& ours = got.at(std::stoul(uid));
    const std::string what = key + " of uid " + uid;
    if (tolerance > 0 || scale != 1) {
      checker.number(what, ours.get<double>() / scale, value.get<double>(), tolerance);
    } else {
      checker.same(what, ours, value);
    }
  }
}

void compare_bonds(const std::string& key, const EpochResult& result, const Json& triples,
                   double tolerance, Checker& checker) {
  for (const Json& triple : triples) {
    const double scale = key == "bonds" ? 1.0 : 65535.0;
    checker.number(key + " " + triple.dump(), bond(result, triple) / scale, triple[2].get<double>(),
                   tolerance);
  }
}

void compare_sum(const EpochResult& result, const Json& expected, double tolerance,
                 Checker& checker) {
  double total = 0;
  for (const uint64_t amount : result.server_emission) total += static_cast<double>(amount);
  for (const uint64_t amount : result.validator_emission) total += static_cast<double>(amount);
  checker.number("emission_sum", total, expected.get<double>(), tolerance);
}

void compare_equal(const EpochResult& result, const Json& uids, Checker& checker) {
  const uint64_t first = result.server_emission.at(uids[0].get<size_t>());
  bool equal = first > 0;
  for (const Json& uid : uids) equal = equal && result.server_emission.at(uid) == first;
  checker.same("equal_server_emission", equal, true);
}

Json decimals(const std::vector<Fixed>& values) {
  Json list = Json::array();
  for (const Fixed value : values) list.push_back(to_double(value));
  return list;
}

void compare(const std::string& key, const EpochResult& result, const Json& expected,
             double tolerance, Checker& checker) {
  const Json printed = epoch_json(result);
  if (key == "bonds" || key == "bonds_prop") {
    compare_bonds(key, result, expected, tolerance, checker);
  } else if (key == "dividends_prop") {
    compare_by_uid(key, printed["dividends"], expected, 65535, tolerance, checker);
  } else if (key == "raw.consensus") {
    compare_by_uid(key, decimals(result.consensus), expected, 1, tolerance, checker);
  } else if (key == "raw.dividends") {
    compare_by_uid(key, decimals(result.dividends), expected, 1, tolerance, checker);
  } else if (key == "emission_sum") {
    compare_sum(result, expected, tolerance, checker);
  } else if (key == "equal_server_emission") {
    compare_equal(result, expected, checker);
  } else {
    compare_by_uid(key, printed.at(key), expected, 1, tolerance, checker);
  }
}

}  // namespace

void check_script(const Json& script, Checker& checker) {
  SubnetState state = initial_state(script);
  size_t position = 0;
  for (const Json& step : script["steps"]) {
    checker.enter(script["id"].get<std::string>() + ", step " + std::to_string(position++));
    if (step["op"] != "epoch") {
      operate(state, step);
      continue;
    }
    const EpochResult result = run_epoch(state);
    const Json tolerances = step.value("tol", Json::object());
    const Json expectations = step.value("expect", Json::object());
    for (const auto& [key, expected] : expectations.items())
      compare(key, result, expected, tolerances.value(key, 0.0), checker);
    store(result, state);
  }
}

void check_case(const Json& epoch, Checker& checker) {
  checker.enter(epoch["id"]);
  const Json got = epoch_json(run_epoch(epoch_from_json(epoch)));
  const Json& expected = epoch["expected"];
  for (const auto& [key, value] : got.items()) {
    const Json wanted = expected.contains(key) ? expected[key] : Json("nothing");
    // Which rows are there says nothing by its order.
    checker.same(key, nlohmann::json(value), nlohmann::json(wanted));
  }
  for (const auto& [key, value] : expected.items()) {
    if (!got.contains(key)) checker.same(key, nullptr, value);
  }
}

void check_document(const Json& document, Checker& checker) {
  if (!document.contains("cases") && !document.contains("math") && !document.contains("epochs"))
    throw FormatError("has neither cases, math nor epochs");
  for (const Json& epoch : document.value("cases", Json::array())) check_case(epoch, checker);
  for (const Json& vector : document.value("math", Json::array())) check_math(vector, checker);
  for (const Json& script : document.value("epochs", Json::array())) check_script(script, checker);
}

}  // namespace verdict::vectors
