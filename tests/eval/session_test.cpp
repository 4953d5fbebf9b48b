#include "verdict/eval/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "eval/world_group.h"
#include "verdict/checkpoint/architectures.h"
#include "verdict/checkpoint/memory.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

constexpr int64_t kLength = 41;

std::vector<uint32_t> some_tokens(int64_t sample) {
  std::vector<uint32_t> row;
  for (int64_t i = 0; i < kLength; ++i)
    row.push_back(static_cast<uint32_t>((sample * 7 + i * 3) % 60));
  return row;
}

ModelSession load(const std::filesystem::path& folder, const Group& group,
                  const std::string& stamps = "") {
  return ModelSession::load(
      {.folder = folder, .stamps = stamps, .numerics = {.tp = group.size()}, .length = kLength},
      group);
}

// The message of the ModelError that every rank must get.
std::string model_error(const std::function<void()>& action) {
  try {
    action();
  } catch (const ModelError& e) {
    return e.what();
  }
  return "no error";
}

void write_float(std::byte* bytes, float value) { std::memcpy(bytes, &value, 4); }

TEST(Session, ARowsBitsDoNotDependOnWhatElseIsScored) {
  const Group group = world_group();
  ModelSession session = load(goldens() / "baseline", group);
  const auto all = session.score({0, 5}, some_tokens);
  ModelSession again = load(goldens() / "baseline", group);
  const auto last = again.score({4, 5}, some_tokens);
  EXPECT_EQ(std::bit_cast<uint64_t>(all[4].nll), std::bit_cast<uint64_t>(last[0].nll));
  EXPECT_EQ(all[4].targets, kLength - 1);
}

TEST(Session, TheLogitsWorkspaceDoesNotGrowWithTheRows) {
  const Group group = world_group();
  ModelSession session = load(goldens() / "baseline", group);
  static_cast<void>(session.score({0, 1}, some_tokens));
  const int64_t one_row = session.workspace().peak_logits_bytes;
  static_cast<void>(session.score({1, 9}, some_tokens));
  EXPECT_GT(one_row, 0);
  EXPECT_EQ(session.workspace().peak_logits_bytes, one_row);
  EXPECT_LE(one_row, kMaxLogitsBytes);
}

// Two per layer, one for the embedding, three per chunk of the head, and the broadcast of the
// tokens.
TEST(Session, CollectivesPerRowAreWhatTheFormulaSays) {
  const Group group = world_group();
  if (group.size() == 1) GTEST_SKIP() << "one rank has no collectives";
  ModelSession session = load(goldens() / "baseline", group);
  const int64_t layers = describe(Checkpoint::open(goldens() / "baseline").config()).layers;
  const Traffic before = group.tensors->traffic();
  static_cast<void>(session.score({0, 1}, some_tokens));
  EXPECT_EQ(group.tensors->traffic().calls - before.calls, 2 * layers + 1 + 3 + 1);
}

TEST(Session, AWeightThatIsNotFiniteIsNamedOnEveryRank) {
  const Group group = world_group();
  const ChangedGolden changed(goldens() / "baseline", "model.layers.1.mlp.down_proj.weight", 0,
                              [](DType, std::byte* b) { write_float(b, std::nanf("")); });
  EXPECT_THAT(
      model_error([&] { load(changed.folder(), group); }),
      testing::EndsWith("weight 'model.layers.1.mlp.down_proj.weight' [0, 0] is not finite"));
}

TEST(Session, AnActivationThatOverflowsIsNamedWithItsLayerAndSample) {
  const Group group = world_group();
  const ChangedGolden changed(goldens() / "baseline",
                              "model.layers.1.post_attention_layernorm.weight", 2,
                              [](DType, std::byte* b) { write_float(b, 3e38F); });
  ModelSession session = load(changed.folder(), group);
  EXPECT_EQ(model_error([&] {
              static_cast<void>(session.score({0, 2}, some_tokens));
            }),
            "sample 0: the output of layer 1 is not finite");
}

TEST(Session, AMissingFolderIsABadModelOnEveryRank) {
  const Group group = world_group();
  EXPECT_THAT(model_error([&] { load("/nowhere/at/all", group); }),
              testing::HasSubstr("/nowhere/at/all"));
}

TEST(Session, AModelThatChangedAfterItWasHashedIsRefused) {
  const Group group = world_group();
  const std::string stamps = model_stamps(Checkpoint::open(goldens() / "baseline"));
  EXPECT_EQ(model_error([&] { load(goldens() / "baseline", group, stamps); }), "no error");
  EXPECT_THAT(model_error([&] { load(goldens() / "baseline", group, stamps + "x"); }),
              testing::HasSubstr("has changed since it was hashed"));
}

TEST(Session, AnIdBeyondTheVocabularyIsBadDataAndNeverReachesTheModel) {
  const Group group = world_group();
  if (group.size() > 1)
    GTEST_SKIP() << "the leader's error ends the job; the other ranks would wait for it here";
  ModelSession session = load(goldens() / "baseline", group);
  try {
    static_cast<void>(
        session.score({0, 1}, [](int64_t) { return std::vector<uint32_t>(kLength, 1U << 20); }));
    FAIL() << "scored";
  } catch (const SystemError& e) {
    EXPECT_EQ(e.code(), ExitCode::bad_data);
    EXPECT_THAT(e.what(), testing::HasSubstr("holds the id 1048576"));
  }
}

// bf16 activations over two layers: seen at most 0.0084 nat on one rank; the bound is about three
// times that.
TEST(Session, BfloatIsNearFloat) {
  const Group group = world_group();
  ModelSession exact = load(goldens() / "baseline", group);
  ModelSession rounded = ModelSession::load({.folder = goldens() / "baseline",
                                             .numerics = {.dtype = "bfloat16", .tp = group.size()},
                                             .length = kLength},
                                            group);
  const auto a = exact.score({0, 4}, some_tokens);
  const auto b = rounded.score({0, 4}, some_tokens);
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i].nll / 40, b[i].nll / 40, 0.03);
  EXPECT_NE(a[0].nll, b[0].nll);
}

}  // namespace
}  // namespace verdict
