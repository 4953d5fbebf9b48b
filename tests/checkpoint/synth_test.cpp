#include "verdict/checkpoint/synth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "checkpoint/fixtures.h"
#include "verdict/checkpoint/submission.h"

namespace verdict {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing_support::llama_config;
using testing_support::read_file;
using testing_support::refusal;
using testing_support::TemporaryFolder;
using testing_support::write_file;
using testing_support::write_llama;

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

std::vector<std::byte> bytes_of(const Checkpoint& checkpoint, const std::string& name) {
  std::vector<std::byte> bytes(checkpoint.find(name)->bytes());
  checkpoint.read(*checkpoint.find(name), 0, bytes);
  return bytes;
}

TEST(Synth, TheSameSeedGivesTheSameBytes) {
  const TemporaryFolder folder;
  for (const auto* name : {"a", "b"}) write_llama(folder.path() / name);
  EXPECT_EQ(files_in(folder.path() / "a"),
            (std::vector<std::string>{"config.json", "model.safetensors"}));
  EXPECT_EQ(read_file(folder.path() / "a" / "model.safetensors"),
            read_file(folder.path() / "b" / "model.safetensors"));
  // Fixed: fixtures and golden losses of other tests rely on these bytes on every machine.
  EXPECT_EQ(Checkpoint::open(folder.path() / "a").content_hash(),
            "d763c5d36a4b6d34795a87d3703c9794ee516b7e55a357a905fe3a7134e7ec44");
}

TEST(Synth, AnotherSeedGivesOtherBytes) {
  const TemporaryFolder folder;
  for (const uint64_t seed : {1, 2}) {
    write_synthetic_model(llama_config().dump(),
                          {.out = folder.path() / std::to_string(seed), .seed = seed});
  }
  EXPECT_NE(Checkpoint::open(folder.path() / "1").content_hash(),
            Checkpoint::open(folder.path() / "2").content_hash());
}

TEST(Synth, ShardingDoesNotChangeATensor) {
  const TemporaryFolder folder;
  write_llama(folder.path() / "one");
  write_llama(folder.path() / "many", llama_config(), 20'000);
  EXPECT_THAT(
      files_in(folder.path() / "many"),
      testing::ElementsAre("config.json", "model-00001-of-00004.safetensors",
                           "model-00002-of-00004.safetensors", "model-00003-of-00004.safetensors",
                           "model-00004-of-00004.safetensors", "model.safetensors.index.json"));
  const Checkpoint one = Checkpoint::open(folder.path() / "one");
  const Checkpoint many = Checkpoint::open(folder.path() / "many");
  ASSERT_EQ(one.tensors().size(), many.tensors().size());
  for (const auto& [name, tensor] : one.tensors())
    EXPECT_EQ(bytes_of(one, name), bytes_of(many, name)) << name;
}

TEST(Synth, EverySynthModelPassesTheChecksOfASubmission) {
  for (const DType dtype : {DType::f32, DType::f16, DType::bf16}) {
    for (const uint64_t max_shard_bytes : {uint64_t{10'000}, uint64_t{1} << 30}) {
      const TemporaryFolder folder;
      write_synthetic_model(
          llama_config().dump(),
          {.out = folder.path(), .dtype = dtype, .max_shard_bytes = max_shard_bytes});
      const SubmissionReport report = check_submission(folder.path(), {});
      EXPECT_TRUE(report.passed()) << report.reason();
      EXPECT_EQ(report.dtype, name_of(dtype));
    }
  }
}

TEST(Synth, NormsAreNearOneAndOtherWeightsSmall) {
  const TemporaryFolder folder;
  write_llama(folder.path());
  const Checkpoint checkpoint = Checkpoint::open(folder.path());
  for (const auto& [name, tensor] : checkpoint.tensors()) {
    const std::vector<std::byte> bytes = bytes_of(checkpoint, name);
    const bool norm = name.find("norm") != std::string::npos;
    for (size_t i = 0; i < bytes.size(); i += 4) {
      float value = 0;
      std::memcpy(&value, &bytes[i], 4);
      ASSERT_NEAR(value, norm ? 1 : 0, norm ? 0.35 : 0.07) << name;
    }
  }
}

TEST(Synth, ATensorOfSeveralBlocksIsWrittenWhole) {
  const TemporaryFolder folder;
  nlohmann::json config = llama_config();
  config["vocab_size"] = 30'011;
  write_llama(folder.path(), config);
  const Checkpoint checkpoint = Checkpoint::open(folder.path());
  const std::vector<std::byte> bytes = bytes_of(checkpoint, "model.embed_tokens.weight");
  ASSERT_GT(bytes.size(), size_t{2} << 20);
  EXPECT_NE(std::memcmp(bytes.data(), bytes.data() + (1 << 20), 1000), 0);
}

TEST(Synth, AFolderThatIsNotEmptyIsLeftAlone) {
  const TemporaryFolder folder;
  write_file(folder.path() / "precious", "x");
  EXPECT_THROW(write_llama(folder.path()), SystemError);
  EXPECT_EQ(files_in(folder.path()), (std::vector<std::string>{"precious"}));
}

TEST(Synth, ARefusedConfigWritesNothing) {
  const TemporaryFolder folder;
  nlohmann::json config = llama_config();
  config["novel_key"] = 1;
  EXPECT_THAT(refusal([&] { write_llama(folder.path() / "m", config); }), HasSubstr("novel_key"));
  EXPECT_FALSE(fs::exists(folder.path() / "m"));
}

TEST(Synth, OnlyFloatingPointDtypesAreOffered) {
  const TemporaryFolder folder;
  EXPECT_THROW(
      write_synthetic_model(llama_config().dump(), {.out = folder.path(), .dtype = DType::i8}),
      SystemError);
}

}  // namespace
}  // namespace verdict
