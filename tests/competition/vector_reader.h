// Reads the published vectors and compares with them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "verdict/competition/step.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/json.h"

namespace verdict::vectors {

inline Json read(const std::string& name) {
  return parse_json(read_text(std::string(VERDICT_TEST_DIR) + "/competition/vectors/" + name));
}

inline std::vector<double> numbers(const Json& list) {
  std::vector<double> values;
  for (const Json& value : list) values.push_back(number_from_json(value));
  return values;
}

inline Epsilon epsilon(const Json& eps) {
  Epsilon e;
  if (eps.contains("fixed")) {
    e.start = e.end = eps["fixed"].get<double>();
    return e;
  }
  e.kind = Epsilon::Kind::linear;
  e.start = eps["linear"][0].get<double>();
  e.end = eps["linear"][1].get<double>();
  e.blocks = eps["linear"][2].get<int64_t>();
  return e;
}

inline BatchStep batches(const Json& step) {
  BatchStep input{.batches = step["n_batches"].get<size_t>(),
                  .epsilon = step.value("epsilon", 0.005)};
  for (const Json& uid : step["uids"]) {
    const std::string key = std::to_string(uid.get<int64_t>());
    input.entries.push_back(
        {.uid = uid.get<int64_t>(), .block = number_from_json(step["blocks"][key])});
    input.losses.push_back(numbers(step["losses"][key]));
  }
  return input;
}

// In evaluation order.
inline std::vector<Entry> entries(const Json& step) {
  std::vector<Entry> all;
  for (const Json& uid : step["uids"]) {
    const std::string key = std::to_string(uid.get<int64_t>());
    all.push_back({.uid = uid.get<int64_t>(),
                   .score = number_from_json(step["scores"][key]),
                   .block = number_from_json(step["blocks"][key])});
  }
  return all;
}

inline void expect_near(double got, const Json& expected, double tol, const std::string& what) {
  const double want = number_from_json(expected);
  if (tol == 0.0 || !std::isfinite(want)) {
    EXPECT_EQ(got, want) << what;
  } else {
    EXPECT_LE(std::abs(got - want), tol * std::max(1.0, std::abs(want))) << what;
  }
}

inline void expect_list(const std::vector<double>& got, const Json& expected, double tol,
                        const std::string& what) {
  ASSERT_EQ(got.size(), expected.size()) << what;
  for (size_t i = 0; i < got.size(); ++i) expect_near(got[i], expected[i], tol, what);
}

template <class T>
void expect_map(const std::map<int64_t, T>& got, const Json& expected, double tol,
                const std::string& what) {
  ASSERT_EQ(got.size(), expected.size()) << what;
  for (const auto& [key, value] : got) {
    ASSERT_TRUE(expected.contains(std::to_string(key))) << what;
    expect_near(static_cast<double>(value), expected[std::to_string(key)], tol, what);
  }
}

// The fields of a published step. Rates are exact, weights within `tol`.
inline void expect_step(const StepResult& got, const Json& expected, double tol,
                        const std::string& what) {
  EXPECT_EQ(got.competitive, expected["competitive"].get<std::vector<int64_t>>()) << what;
  expect_map(got.wins, expected["wins"], 0.0, what + ": wins");
  expect_map(got.win_rate, expected["win_rate"], 0.0, what + ": win rate");
  expect_map(got.step_weights, expected["step_weights"], tol, what + ": step weights");
  if (expected["top_uid"].is_null()) {
    EXPECT_FALSE(got.winner.has_value()) << what;
  } else {
    EXPECT_EQ(got.winner, expected["top_uid"].get<int64_t>()) << what;
  }
}

}  // namespace verdict::vectors
