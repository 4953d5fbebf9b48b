// Tasks, the tracker, schedules, and draws.
#include <gtest/gtest.h>

#include <set>

#include "competition/vector_functions.h"
#include "competition/vector_reader.h"
#include "verdict/competition/competition_file.h"
#include "verdict/competition/score.h"
#include "verdict/competition/tracker.h"
#include "verdict/core/python_random.h"

namespace verdict::vectors {
namespace {

// The vectors' way of naming a normalization, as the competitions file says it.
std::string normalization_text(const Json& args) {
  const Json kwargs =
      args.value(args.contains("kwargs") ? "kwargs" : "norm_kwargs", Json::object());
  std::string parameters;
  for (const auto& [key, value] : kwargs.items())
    parameters += (parameters.empty() ? "" : ", ") + key + " = " + value.dump();
  switch (args.value("norm_id", 0)) {
    case 0:
      return parameters.empty() ? "\"none\"" : "{ none = { " + parameters + " } }";
    case 1:
      return "{ inverse_exponential = { " + parameters + " } }";
    default:
      return "\"" + std::to_string(args["norm_id"].get<int>()) + "\"";
  }
}

// A second task makes up the sum of weights.
Task task_from_file(const std::string& weight, const std::string& normalization) {
  const std::string text = R"(uids = 4
netuid = 1
version_key = 0
[[competition]]
id = 1
name = "c"
reward = 1.0
parameters = [0, 1]
max_bytes = 1
sequence_length = 2
tokenizer = { name = "t", vocab_size = 2, eos_id = 0 }
epsilon = { kind = "fixed", value = 0.005 }
[[competition.task]]
name = "t"
method = "text_loss"
data = ["*.h5"]
weight = )" + weight +
                           "\nrows = 1\nnormalization = " + normalization + "\n";
  return parse_competitions(text, "vector.toml", 0).competitions.at(0).tasks.at(0);
}

void run_tracker(const Json& v) {
  const Json& args = v["args"];
  Tracker tracker{.uids = args["n"].get<size_t>(), .alpha = args.value("alpha", kEmaAlpha)};
  for (const Json& step : args["record"]) record(tracker, step[0].get<int64_t>(), numbers(step[1]));
  if (args.contains("reset")) reset(tracker, args["reset"].get<std::set<int64_t>>());
  const auto tol = v["tol"].get<double>();
  if (!args.contains("subnet")) {
    const Json& expected = v["expected"]["weights"];
    ASSERT_EQ(tracker.weights.size(), expected.size());
    for (const auto& [id, weights] : tracker.weights) {
      expect_list(weights, expected[std::to_string(id)], tol, v["id"]);
    }
    return;
  }
  std::vector<RewardShare> shares;
  for (const Json& share : args["subnet"])
    shares.push_back({share[0].get<int64_t>(), share[1].get<double>()});
  expect_list(subnet_vector(tracker, shares, args.value("threshold", 0.0)), v["expected"]["subnet"],
              tol, v["id"]);
}

void run_normalize_score(const Json& v) {
  const Normalization normalization =
      task_from_file("1", normalization_text(v["args"])).normalization;
  expect_near(normalize_score(number_from_json(v["args"]["score"]), normalization), v["expected"],
              v["tol"].get<double>(), v["id"]);
}

void run_check_task(const Json& v) {
  (void)task_from_file(v["args"].value("weight", Json(1)).dump(), normalization_text(v["args"]));
}

void run_combine_tasks(const Json& v) {
  std::vector<TaskScore> tasks;
  for (const Json& t : v["args"]["tasks"]) {
    tasks.push_back({.raw = number_from_json(t["raw"]), .weight = t["weight"].get<double>()});
  }
  expect_near(combine_tasks(tasks), v["expected"], v["tol"].get<double>(), v["id"]);
}

void run_seed(const Json& v) {
  PythonRandom from_hash =
      PythonRandom::from_block_hash(v["args"]["block_hash"].get<std::string>());
  PythonRandom expected = PythonRandom::from_decimal(v["expected"].get<std::string>());
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(from_hash.next_u32(), expected.next_u32());
}

void run_sample_pages(const Json& v) {
  PythonRandom random = PythonRandom::from_decimal(v["args"]["seed"].get<std::string>());
  for (const Json& page : v["expected"]) {
    EXPECT_EQ(random.randint(1, v["args"]["max_pages"].get<int64_t>()), page.get<int64_t>());
  }
}

void run_shuffle(const Json& v) {
  PythonRandom random = PythonRandom::from_decimal(v["args"]["seed"].get<std::string>());
  EXPECT_EQ(random.shuffled(v["args"]["n"].get<int64_t>()),
            v["expected"].get<std::vector<int64_t>>());
}

constexpr const char* kRest = R"(reward = 0.0
parameters = [0, 1]
max_bytes = 1
sequence_length = 2
tokenizer = { name = "t", vocab_size = 2, eos_id = 0 }
epsilon = { kind = "fixed", value = 0.005 }
)";

// The schedule as a competitions file says it: each competition is in or out from block to block.
std::string schedule_text(const Json& schedule) {
  std::set<int64_t> ids;
  for (const Json& entry : schedule)
    for (const Json& id : entry[1]) ids.insert(id.get<int64_t>());
  std::string text = "uids = 4\nnetuid = 1\nversion_key = 0\n";
  for (const int64_t id : ids) {
    const std::string number = std::to_string(id);
    text += "[[competition]]\nid = " + number + "\nname = \"c" + number + "\"\n" + kRest;
    text += "scheduled = false\n";
    for (const Json& entry : schedule) {
      const auto in = entry[1].get<std::set<int64_t>>().contains(id);
      text += "[[competition.from]]\nblock = " + entry[0].dump() +
              "\nscheduled = " + (in ? "true" : "false") + "\n";
    }
    text += "[[competition.task]]\nname = \"t\"\nmethod = \"text_loss\"\ndata = [\"*.h5\"]\n";
    text += "weight = 1.0\nrows = 1\n";
  }
  return text;
}

void run_schedule(const Json& v) {
  const CompetitionFile file = parse_competitions(schedule_text(v["args"]["schedule"]),
                                                  "vector.toml", v["args"]["block"].get<int64_t>());
  std::vector<int64_t> ids;
  for (const Competition& c : file.competitions)
    if (c.scheduled) ids.push_back(c.id);
  EXPECT_EQ(ids, v["expected"].get<std::vector<int64_t>>());
}

}  // namespace

std::map<std::string, Function> task_functions() {
  return {{"schedule", run_schedule},
          {"tracker", run_tracker},
          {"normalize_score", run_normalize_score},
          {"check_task", run_check_task},
          {"combine_tasks", run_combine_tasks},
          {"seed", run_seed},
          {"sample_pages", run_sample_pages},
          {"shuffle", run_shuffle}};
}

}  // namespace verdict::vectors
