#include "verdict/checkpoint/submission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "checkpoint/fixtures.h"

namespace verdict {
namespace {

using testing::HasSubstr;
using testing_support::llama_config;
using testing_support::TemporaryFolder;
using testing_support::write_file;
using testing_support::write_llama;

const SubmissionRules kRules{.architectures = {"LlamaForCausalLM"},
                             .min_parameters = 1000,
                             .max_parameters = 100'000,
                             .max_bytes = 1'000'000,
                             .sequence_length = 32,
                             .vocab_size = 101};

class Submission : public testing::Test {
 protected:
  void SetUp() override { write_llama(model_); }
  // Replaces keys of config.json; the weights stay.
  void change_config(const nlohmann::json& patch) const {
    nlohmann::json config = llama_config();
    config.update(patch);
    write_file(model_ / "config.json", config.dump());
  }
  [[nodiscard]] std::string reason(const SubmissionRules& rules = kRules) const {
    return check_submission(model_, rules).reason();
  }
  TemporaryFolder folder_{};
  std::filesystem::path model_ = folder_.path() / "model";
};

std::vector<std::string> names_of(const SubmissionReport& report) {
  std::vector<std::string> names;
  for (const Check& check : report.checks) names.push_back(check.name);
  return names;
}

TEST_F(Submission, AGoodOnePassesEveryCheckInOrder) {
  const SubmissionReport report = check_submission(model_, kRules);
  EXPECT_TRUE(report.passed()) << report.reason();
  EXPECT_EQ(report.reason(), "");
  EXPECT_THAT(
      names_of(report),
      testing::ElementsAre("folder", "size", "config", "architecture", "values", "parameters",
                           "files", "tensors", "shapes", "vocabulary", "positions", "content"));
  EXPECT_EQ(report.architecture, "LlamaForCausalLM");
  EXPECT_EQ(report.parameters, 16'056);
  EXPECT_EQ(report.dtype, "F32");
  EXPECT_EQ(report.content_hash, Checkpoint::open(model_).content_hash());
  EXPECT_EQ(report.bytes, Checkpoint::open(model_).total_bytes());
  ASSERT_TRUE(report.spec.has_value());
  EXPECT_EQ(report.spec->vocab, 101);
}

TEST_F(Submission, AMissingFolderIsAFailedCheckThatNamesIt) {
  const SubmissionReport report = check_submission(model_ / "none", kRules);
  EXPECT_FALSE(report.passed());
  EXPECT_EQ(report.reason(), "folder: " + (model_ / "none").string() + ": is missing");
}

TEST_F(Submission, AnEmptyReportHasNotPassed) { EXPECT_FALSE(SubmissionReport{}.passed()); }

TEST_F(Submission, TooManyBytesAreRefused) {
  SubmissionRules rules = kRules;
  rules.max_bytes = check_submission(model_, kRules).bytes;
  EXPECT_EQ(reason(rules), "");
  write_file(model_ / "ballast", "x");
  EXPECT_THAT(reason(rules), HasSubstr("size: all files together are " +
                                       std::to_string(rules.max_bytes + 1) + " bytes"));
}

TEST_F(Submission, ABadConfigIsRefused) {
  write_file(model_ / "config.json", "{");
  EXPECT_THAT(reason(), HasSubstr("config: config.json: not JSON"));
  change_config({{"novel_key", 1}});
  EXPECT_EQ(reason(), "values: config.json: not supported: novel_key = 1");
  change_config({{"hidden_size", "24"}});
  EXPECT_THAT(reason(), HasSubstr("values: config.json: hidden_size must be an integer"));
}

TEST_F(Submission, AnArchitectureThatIsNotOnTheListIsRefused) {
  SubmissionRules rules = kRules;
  rules.architectures = {"MistralForCausalLM", "FalconForCausalLM"};
  EXPECT_EQ(reason(rules),
            "architecture: LlamaForCausalLM is not allowed here; these are: MistralForCausalLM, "
            "FalconForCausalLM");
  rules.architectures = {};
  EXPECT_EQ(reason(rules), "");
  change_config({{"architectures", {"MambaForCausalLM"}}});
  EXPECT_THAT(
      reason(rules),
      HasSubstr("values: config.json: architectures = 'MambaForCausalLM' is not implemented"));
}

TEST_F(Submission, TheParameterBoundsAreInclusive) {
  SubmissionRules rules = kRules;
  rules.min_parameters = rules.max_parameters = 16'056;
  EXPECT_EQ(reason(rules), "");
  rules.min_parameters = rules.max_parameters = 16'057;
  EXPECT_EQ(reason(rules),
            "parameters: the model has 16056 parameters, allowed are 16057 to 16057");
  rules.min_parameters = rules.max_parameters = 16'055;
  EXPECT_THAT(reason(rules), HasSubstr("parameters: "));
}

TEST_F(Submission, AConfigOfAbsurdSizesIsRefusedBeforeTheFilesAreLookedAt) {
  change_config({{"hidden_size", 65'536},
                 {"num_hidden_layers", 1024},
                 {"intermediate_size", 1'048'576},
                 {"vocab_size", 1'048'576}});
  EXPECT_THAT(names_of(check_submission(model_, kRules)), testing::Not(testing::Contains("files")));
}

TEST_F(Submission, TensorsAndShapesAreCompared) {
  change_config({{"num_hidden_layers", 1}, {"intermediate_size", 38}});
  const std::string text = reason();
  EXPECT_THAT(text, HasSubstr("tensors: unexpected tensors: "
                              "'model.layers.1.input_layernorm.weight' in model.safetensors"));
  EXPECT_THAT(text, HasSubstr("shapes: model.safetensors: 'model.layers.0.mlp.gate_proj.weight' is "
                              "[37, 24], config.json says [38, 24]"));
}

TEST_F(Submission, OfManyProblemsTwentyOfAKindAreListed) {
  change_config({{"num_hidden_layers", 3}, {"hidden_size", 26}});
  const SubmissionReport report = check_submission(model_, kRules);
  const auto detail = [&](const std::string& name) {
    return std::ranges::find(report.checks, name, &Check::name)->detail;
  };
  EXPECT_EQ(detail("tensors").find("more"), std::string::npos);      // One layer has nine tensors.
  EXPECT_THAT(detail("shapes"), testing::EndsWith("; and 1 more"));  // 2 · 9 + 3 are wrong.
}

TEST_F(Submission, TheReasonIsCutAtACharacter) {
  SubmissionReport report;
  report.checks.push_back({.name = "xy", .passed = false, .detail = ""});
  for (int i = 0; i < 3000; ++i) report.checks[0].detail += "é";
  const std::string text = report.reason();
  // "xy: ", 2,044 times two bytes and the mark of three; byte 4,093 is inside a character.
  EXPECT_EQ(text.size(), 4 + 2044 * 2 + 3U);
  EXPECT_THAT(text, testing::EndsWith("éé…"));
  report.checks[0].detail = std::string(4092, 'a');
  EXPECT_EQ(report.reason(), "xy: " + report.checks[0].detail);
}

TEST_F(Submission, AVocabularySmallerThanTheTokenizersIsRefused) {
  SubmissionRules rules = kRules;
  rules.vocab_size = 102;
  EXPECT_EQ(reason(rules),
            "vocabulary: the model's vocabulary has 101 tokens, the tokenizer's 102");
}

TEST_F(Submission, RotaryPositionsHaveNoLimit) {
  SubmissionRules rules = kRules;
  rules.sequence_length = 4096;
  EXPECT_EQ(reason(rules), "");
}

TEST_F(Submission, ADamagedWeightFileIsRefused) {
  std::filesystem::resize_file(model_ / "model.safetensors", 100);
  EXPECT_THAT(reason(), HasSubstr("files: model.safetensors: the header's length is"));
}

TEST_F(Submission, SeveralFailuresAreJoined) {
  SubmissionRules rules = kRules;
  rules.max_bytes = 1;
  rules.vocab_size = 102;
  EXPECT_THAT(reason(rules),
              testing::AllOf(testing::StartsWith("size: "), HasSubstr("; vocabulary: ")));
}

TEST_F(Submission, TheContentHashMayComeFromACache) {
  SubmissionOptions options;
  options.content_hash = [](const Checkpoint&) { return std::string("cached"); };
  EXPECT_EQ(check_submission(model_, kRules, options).content_hash, "cached");
}

TEST_F(Submission, AFailedOneIsNotHashed) {
  SubmissionRules rules = kRules;
  rules.vocab_size = 102;
  SubmissionOptions options;
  options.content_hash = [](const Checkpoint&) -> std::string { throw SystemError("hashed"); };
  EXPECT_EQ(check_submission(model_, rules, options).content_hash, "");
}

}  // namespace
}  // namespace verdict
