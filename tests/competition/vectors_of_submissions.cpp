// Commitments, hashes, limits of a submission, and whether to evaluate it again.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "checkpoint/fixtures.h"
#include "competition/vector_functions.h"
#include "competition/vector_reader.h"
#include "verdict/checkpoint/directory_hash.h"
#include "verdict/checkpoint/submission.h"
#include "verdict/competition/commitment.h"
#include "verdict/competition/norm_limits.h"
#include "verdict/competition/retry.h"

namespace verdict::vectors {
namespace {

void run_should_retry(const Json& v) {
  std::vector<PastResult> history;
  for (const Json& r : v["args"]["history"]) {
    history.push_back({.block = r["block"].get<int64_t>(),
                       .score = number_from_json(r["score"]),
                       .winning_block = r["winning_model_block"].get<int64_t>(),
                       .winning_score = number_from_json(r["winning_model_score"])});
  }
  EXPECT_EQ(should_retry(history, epsilon(v["args"]["eps"]),
                         number_from_json(v["args"]["current_block"])),
            v["expected"].get<bool>());
}

void run_eval_history(const Json& v) {
  std::vector<PastResult> history;
  for (const Json& r : v["args"]["add"]) add_result(history, {.block = r["block"].get<int64_t>()});
  std::vector<int64_t> blocks;
  for (const PastResult& r : history) blocks.push_back(r.block);
  EXPECT_EQ(blocks, v["expected"].get<std::vector<int64_t>>());
}

void run_hash_two(const Json& v) {
  EXPECT_EQ(secure_hash(v["args"]["a"], v["args"]["b"]), v["expected"].get<std::string>());
}

void run_hash_text(const Json& v) {
  EXPECT_EQ(hash_of_text(v["args"]["text"].get<std::string>()), v["expected"].get<std::string>());
}

void run_hash_tree(const Json& v) {
  const testing_support::TemporaryFolder folder;
  for (const auto& [name, text] : v["args"]["tree"].items()) {
    std::filesystem::create_directories((folder.path() / name).parent_path());
    std::ofstream(folder.path() / name) << text.get<std::string>();
  }
  EXPECT_EQ(directory_hash(folder.path()), v["expected"].get<std::string>());
}

void run_to_compressed(const Json& v) {
  const Json& args = v["args"];
  const Commitment c{.name_space = args["namespace"],
                     .name = args["name"],
                     .commit = args["commit"].get<std::string>(),
                     .secure_hash = args["secure_hash"].get<std::string>(),
                     .competition = args["competition_id"].get<int64_t>()};
  EXPECT_EQ(commitment_text(c), v["expected"].get<std::string>());
}

void run_from_compressed(const Json& v) {
  const Commitment got = parse_commitment(v["args"]["cs"].get<std::string>());
  const auto shown = [](const std::optional<std::string>& part) {
    return part ? Json(*part) : Json(nullptr);
  };
  const Json fields{{"namespace", got.name_space},           {"name", got.name},
                    {"commit", shown(got.commit)},           {"hash", shown(got.hash)},
                    {"secure_hash", shown(got.secure_hash)}, {"competition_id", got.competition}};
  ASSERT_EQ(fields.size(), v["expected"].size());
  for (const auto& [key, value] : fields.items()) EXPECT_EQ(value, v["expected"][key]) << key;
}

void run_repo_id(const Json& v) {
  const auto [name_space, name] = parse_repo_id(v["args"]["repo"].get<std::string>());
  EXPECT_EQ(Json::array({name_space, name}), v["expected"]);
}

void run_delay(const Json& v) {
  const Json& args = v["args"];
  EXPECT_EQ(delay_is_over(args["upload_block"].get<int64_t>(), args["delay"].get<int64_t>(),
                          args["current_block"].get<int64_t>()),
            v["expected"].get<bool>());
}

void run_params(const Json& v) {
  const SubmissionRules rules{.min_parameters = v["args"]["min"].get<int64_t>(),
                              .max_parameters = v["args"]["max"].get<int64_t>()};
  EXPECT_EQ(allows_parameters(rules, v["args"]["count"].get<int64_t>()), v["expected"].get<bool>());
}

// The reference lets a NaN pass; we do not.
void run_norms(const Json& v) {
  const Json& args = v["args"];
  std::vector<LayerNorms> layers;
  bool finite = true;
  for (const Json& layer : args["layers"]) {
    LayerNorms norms{};
    for (size_t p = 0; p < norms.size(); ++p) {
      norms[p] = number_from_json(layer[std::string(kNormProjections[p])]);
      finite = finite && std::isfinite(norms[p]);
    }
    layers.push_back(norms);
  }
  const NormLimits limits{
      .soft = args["soft"], .soft_share = args["soft_pct"], .hard = args["hard"]};
  EXPECT_EQ(reference_norms_pass(layers, limits), v["expected"].get<bool>());
  EXPECT_EQ(norm_problem(layers, limits).empty(), finite && v["expected"].get<bool>());
}

}  // namespace

std::map<std::string, Function> submission_functions() {
  return {{"should_retry", run_should_retry},
          {"eval_history", run_eval_history},
          {"hash_two", run_hash_two},
          {"hash_text", run_hash_text},
          {"hash_tree", run_hash_tree},
          {"to_compressed", run_to_compressed},
          {"from_compressed", run_from_compressed},
          {"validate_repo_id", run_repo_id},
          {"eval_delay_ok", run_delay},
          {"params_ok", run_params},
          {"norms_ok", run_norms}};
}

}  // namespace verdict::vectors
