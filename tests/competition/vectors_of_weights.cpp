// The published integers, and what other subnets do before them.
#include <gtest/gtest.h>

#include "competition/vector_functions.h"
#include "competition/vector_reader.h"
#include "verdict/competition/process_weights.h"
#include "verdict/competition/top_miners.h"
#include "verdict/competition/weights.h"

namespace verdict::vectors {
namespace {

void run_to_u16(const Json& v) {
  const U16Weights got =
      to_u16(v["args"]["uids"].get<std::vector<int64_t>>(), numbers(v["args"]["weights"]));
  EXPECT_EQ(got.uids, v["expected"]["uids"].get<std::vector<int64_t>>());
  EXPECT_EQ(got.values, v["expected"]["vals"].get<std::vector<int>>());
}

void run_cap(const Json& v) {
  expect_list(cap_weights(numbers(v["args"]["x"]), v["args"]["limit"].get<double>()), v["expected"],
              v["tol"].get<double>(), v["id"]);
}

void run_process_weights(const Json& v) {
  const Json& args = v["args"];
  std::vector<int64_t> all(args["n"].get<size_t>());
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int64_t>(i);
  ASSERT_EQ(args["uids"].get<std::vector<int64_t>>(), all);
  const ProcessedWeights got = process_weights(
      numbers(args["weights"]), {.min_allowed = args["min_allowed"].get<size_t>(),
                                 .max_weight = args["max_limit"].get<double>(),
                                 .exclude_quantile = args.value("exclude_quantile", 0) / 65535.0});
  EXPECT_EQ(got.uids, v["expected"]["uids"].get<std::vector<int64_t>>());
  expect_list(got.weights, v["expected"]["weights"], v["tol"].get<double>(), v["id"]);
}

void run_top_miners(const Json& v) {
  const Json& args = v["args"];
  std::vector<ValidatorRow> rows;
  for (size_t i = 0; i < args["stake"].size(); ++i) {
    rows.push_back(
        {.stake = args["stake"][i].get<double>(), .permit = args["permit"][i].get<bool>()});
    for (const Json& w : args["weights"][i])
      rows.back().weights.emplace_back(w[0].get<int64_t>(), w[1].get<double>());
  }
  EXPECT_EQ(top_miners(rows, args["min_stake"].get<double>(), args["min_pct"].get<double>()),
            v["expected"].get<std::vector<int64_t>>());
}

}  // namespace

std::map<std::string, Function> weight_functions() {
  return {{"to_u16", run_to_u16},
          {"normalize_max_weight", run_cap},
          {"process_weights", run_process_weights},
          {"top_miners", run_top_miners}};
}

}  // namespace verdict::vectors
