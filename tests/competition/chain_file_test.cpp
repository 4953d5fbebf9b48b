#include "verdict/competition/chain_file.h"

#include <gtest/gtest.h>

#include "verdict/core/error.h"
#include "verdict/core/json.h"

namespace verdict {
namespace {

Json whole_file() {
  return Json::parse(R"({"schema": "verdict-chain-1", "netuid": 9, "block": 5433100,
    "subnet_exists": true, "mechanism": 0, "mechanisms": 2, "uids": 3, "hotkey": "5V", "uid": 2,
    "stake": 18446744073709551615, "least_stake": 1000, "version_key": 4062, "last_update": 5432000,
    "rate_limit": 100, "commit_reveal": false, "validator_permit": true, "owner": false,
    "min_allowed_weights": 1, "max_weight_limit": 65535, "registered_at": [1, 2, 3], "note": "",
    "validators": [{"uid": 1, "stake": 7, "permit": true, "weights": [[0, 65535], [2, 1]]}]})");
}

TEST(ChainFile, EveryKeyIsRead) {
  const ChainView view = parse_chain(whole_file().dump());
  EXPECT_EQ(view.netuid, 9);
  EXPECT_EQ(view.block, 5433100);
  EXPECT_EQ(view.mechanisms, 2);
  EXPECT_EQ(view.uid, 2);
  EXPECT_EQ(view.stake, UINT64_MAX);
  EXPECT_EQ(view.registered_at, (std::vector<int64_t>{1, 2, 3}));
  ASSERT_TRUE(view.validators && view.validators->size() == 1);
  const ValidatorRow& row = view.validators->front();
  EXPECT_TRUE(row.uid == 1 && row.stake == 7.0 && row.permit);
  EXPECT_EQ(row.weights, (std::vector<std::pair<int64_t, double>>{{0, 65535.0}, {2, 1.0}}));
  for (const CheckedRule& rule :
       preflight({.netuid = 9, .block = 5433000, .version_key = 4062, .uids = {1}, .values = {1}},
                 view)) {
    EXPECT_EQ(rule.outcome, RuleOutcome::kept) << rule.rule << ": " << rule.words;
  }
}

TEST(ChainFile, NullIsNotKnownButForTheUidWhichIsThenNotRegistered) {
  Json file = whole_file();
  for (const char* key : {"subnet_exists", "uids", "stake", "owner", "registered_at", "uid"})
    file[key] = nullptr;
  const ChainView view = parse_chain(file.dump());
  EXPECT_FALSE(view.subnet_exists || view.uids || view.stake || view.owner || view.registered_at);
  EXPECT_EQ(view.uid, kNotRegistered);
  file.erase("uid");
  EXPECT_FALSE(parse_chain(file.dump()).uid);
}

TEST(ChainFile, AnythingElseIsRefusedWithItsKey) {
  const std::vector<std::pair<std::string, Json>> bad{{"schema", "verdict-chain-2"},
                                                      {"netuid", 70000},
                                                      {"netuid", nullptr},
                                                      {"block", -1},
                                                      {"block", uint64_t{1} << 60},
                                                      {"subnet_exists", 1},
                                                      {"uid", "2"},
                                                      {"stake", 1.5},
                                                      {"least_stake", -1},
                                                      {"rate_limit", "100"},
                                                      {"min_allowed_weights", 65536},
                                                      {"registered_at", {1, 2}},
                                                      {"registered_at", {1, 2, nullptr}},
                                                      {"min_alowed_weights", 1}};
  for (const auto& [key, value] : bad) {
    Json file = whole_file();
    file[key] = value;
    try {
      static_cast<void>(parse_chain(file.dump()));
      ADD_FAILURE() << key << " = " << value.dump() << " is let pass";
    } catch (const FormatError& e) {
      EXPECT_NE(std::string(e.what()).find(key), std::string::npos) << e.what();
    }
  }
  EXPECT_THROW(static_cast<void>(parse_chain("[]")), FormatError);
  EXPECT_THROW(static_cast<void>(parse_chain("{}")), FormatError);
}

}  // namespace
}  // namespace verdict
