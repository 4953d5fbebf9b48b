// Steps by each rule set, and epsilon.
#include <gtest/gtest.h>

#include "competition/vector_functions.h"
#include "competition/vector_reader.h"
#include "verdict/competition/epsilon.h"
#include "verdict/competition/rules.h"
#include "verdict/competition/tracker.h"

namespace verdict::vectors {
namespace {

void run_epsilon(const Json& v) {
  const double got =
      epsilon_at(epsilon(v["args"]["eps"]), number_from_json(v["args"]["current_block"]),
                 number_from_json(v["args"]["model_block"]));
  expect_near(got, v["expected"], v["tol"].get<double>(), v["id"]);
}

void run_hardened_step(const Json& v) {
  const Json& args = v["args"];
  const StepResult got = hardened_step(entries(args), epsilon(args["eps"]),
                                       number_from_json(args["current_block"]), Payout::softmax);
  expect_step(got, v["expected"], v["tol"].get<double>(), v["id"]);
}

// The reference's step; `uids`, if given, is the evaluation order.
StepResult reference_of(const Json& args) {
  Json step = args;
  if (!step.contains("uids")) {
    step["uids"] = Json::array();
    for (const auto& [uid, ignored] : args["scores"].items())
      step["uids"].push_back(std::stoll(uid));
  }
  return decide_step(Rules::reference,
                     {.entries = entries(step),
                      .epsilon = epsilon(args["eps"]),
                      .current_block = number_from_json(args.value("current_block", Json(0)))});
}

void run_head_step(const Json& v) {
  const StepResult got = reference_of(v["args"]);
  if (got.aborted) throw FormatError("StepAborted");
  if (v["expected"].contains("error")) return;  // The caller sees that nothing was refused.
  expect_step(got, v["expected"], v["tol"].get<double>(), v["id"]);
}

void run_competitive_uids(const Json& v) {
  std::vector<int64_t> got = reference_of(v["args"]).competitive;
  std::sort(got.begin(), got.end());
  EXPECT_EQ(got, v["expected"].get<std::vector<int64_t>>());
}

void run_wins(const Json& v) {
  const StepResult got = reference_of(v["args"]);
  expect_map(got.wins, v["expected"]["wins"], 0.0, v["id"]);
  expect_map(got.win_rate, v["expected"]["win_rate"], 0.0, v["id"]);
}

void run_legacy_wins(const Json& v) {
  const StepResult got = batch_step(batches(v["args"]));
  expect_map(got.wins, v["expected"]["wins"], 0.0, v["id"]);
  expect_map(got.win_rate, v["expected"]["win_rate"], 0.0, v["id"]);
  expect_map(got.step_weights, v["expected"]["step_weights"], v["tol"].get<double>(), v["id"]);
}

void run_legacy_ema(const Json& v) {
  Tracker tracker{.uids = v["args"]["n"].get<size_t>()};
  for (const Json& step : v["args"]["steps"]) {
    std::vector<double> weights(tracker.uids, 0.0);
    for (size_t i = 0; i < step[0].size(); ++i)
      weights.at(step[0][i].get<size_t>()) = step[1][i].get<double>();
    record_from_zeros(tracker, 0, weights);
  }
  expect_list(tracker.weights.at(0), v["expected"], 0.0, v["id"]);
}

}  // namespace

std::map<std::string, Function> step_functions() {
  return {{"epsilon", run_epsilon},         {"hardened_step", run_hardened_step},
          {"head_step", run_head_step},     {"competitive_uids", run_competitive_uids},
          {"compute_wins", run_wins},       {"filtered_wins", run_wins},
          {"legacy_wins", run_legacy_wins}, {"legacy_ema", run_legacy_ema}};
}

}  // namespace verdict::vectors
