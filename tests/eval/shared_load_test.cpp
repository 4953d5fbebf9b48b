// Models that the ranks of a group read together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <chrono>
#include <thread>

#include "eval/shared_model.h"
#include "eval/world_group.h"
#include "verdict/core/error.h"
#include "verdict/eval/model_loader.h"
#include "verdict/eval/session.h"

namespace verdict {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kLength = 24;
// 67 MB in float32, in shards of at most 30 MB: blocks that are whole, and ends that are not.
constexpr const char* kConfig = R"({
  "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 12000,
  "hidden_size": 512, "intermediate_size": 1024, "num_hidden_layers": 2,
  "num_attention_heads": 8, "num_key_value_heads": 4, "max_position_embeddings": 64,
  "rms_norm_eps": 1e-5, "hidden_act": "silu", "rope_theta": 10000.0, "tie_word_embeddings": false})";
constexpr uint64_t kShardBytes = 30'000'000;

SessionOptions options_of(const Group& group, const fs::path& folder, LoadSpace* space) {
  return {.folder = folder, .numerics = {.tp = group.size()}, .length = kLength, .space = space};
}

std::vector<uint64_t> loss_bits(ModelSession& session) {
  const auto tokens = [](int64_t sample) {
    std::vector<uint32_t> row;
    for (int64_t i = 0; i < kLength; ++i)
      row.push_back(static_cast<uint32_t>((sample * 7 + i * 3) % 60));
    return row;
  };
  std::vector<uint64_t> bits;
  for (const RowLoss& loss : session.score({0, 2}, tokens))
    bits.push_back(std::bit_cast<uint64_t>(loss.nll));
  return bits;
}

std::vector<uint64_t> loss_bits(const SessionOptions& options, const Group& group) {
  ModelSession session = ModelSession::load(options, group);
  return loss_bits(session);
}

uint64_t weight_bytes(const fs::path& folder) {
  uint64_t bytes = 0;
  for (const auto& file : fs::directory_iterator(folder))
    if (file.path().extension() == ".safetensors") bytes += file.file_size();
  return bytes;
}

class SharedLoad : public testing::Test {
 protected:
  const Group group_ = world_group();
  LoadSpace space_{group_, at::kCPU};
};

TEST_F(SharedLoad, EveryByteIsReadOnceOnTheNode) {
  const SharedModel model(kConfig, DType::f32, kShardBytes);
  const LoadedModel loaded =
      read_model(options_of(group_, model.folder(), &space_), group_.rank(), group_.size());
  std::array<int64_t, 2> sums{static_cast<int64_t>(loaded.read.bytes),
                              static_cast<int64_t>(loaded.read.reads)};
  group_.control.all_reduce_sum(sums);
  EXPECT_EQ(static_cast<uint64_t>(sums[0]), weight_bytes(model.folder()));
  int64_t blocks = 0;
  for (const auto& file : fs::directory_iterator(model.folder())) {
    if (file.path().extension() == ".safetensors")
      blocks += static_cast<int64_t>((file.file_size() + kReadBlockBytes - 1) / kReadBlockBytes);
  }
  EXPECT_EQ(sums[1], blocks);
  EXPECT_GT(blocks, 8);
  // The ranks take turns.
  EXPECT_LE(static_cast<int64_t>(loaded.read.reads), blocks / group_.size() + 1);
}

TEST_F(SharedLoad, GivesTheBitsOfRanksThatReadByThemselves) {
  const SharedModel model(kConfig, DType::bf16, kShardBytes);
  const auto expected = loss_bits(options_of(group_, model.folder(), nullptr), group_);
  EXPECT_EQ(loss_bits(options_of(group_, model.folder(), &space_), group_), expected);
  // Ahead, while the same model computes.
  const SessionOptions options = options_of(group_, model.folder(), &space_);
  ModelSession present = ModelSession::load(options, group_);
  ModelLoader loader(options, group_.rank(), group_.size());
  EXPECT_EQ(loss_bits(present), expected);
  ModelSession next = ModelSession::adopt(loader.take(), options, group_);
  EXPECT_EQ(loss_bits(next), expected);
}

TEST_F(SharedLoad, NothingIsAllocatedForWeightsOnceTwoLargeModelsHaveMet) {
  set_up_compute({});
  const SharedModel large(kConfig, DType::bf16, kShardBytes);
  const std::vector<fs::path> folders{large.folder(), goldens() / "baseline", large.folder(),
                                      large.folder(), goldens() / "baseline", large.folder()};
  std::optional<ModelSession> present;
  for (size_t i = 0; i < folders.size(); ++i) {
    const SessionOptions options = options_of(group_, folders[i], &space_);
    ModelLoader loader(options, group_.rank(), group_.size());
    LoadedModel next = loader.take();  // While the last one is there.
    present.reset();
    present.emplace(ModelSession::adopt(std::move(next), options, group_));
    EXPECT_FALSE(loss_bits(*present).empty());
    // One for the first, one for the small second, and one where two large ones met.
    const std::vector<uint64_t> allocations{1, 2, 2, 3, 3, 3};
    EXPECT_EQ(space_.arenas().allocations(), allocations[i]) << i;
  }
}

TEST_F(SharedLoad, TheFirstWeightThatIsNotFiniteIsNamedByAllAndTheNextModelLoads) {
  const fs::path golden = goldens() / "baseline";
  const auto good = loss_bits(options_of(group_, golden, &space_), group_);
  const auto set = [](DType dtype, std::byte* element) {
    const size_t top = dtype == DType::f32 ? 3 : 1;
    element[top] = std::byte{0x7F};
    element[top - 1] = std::byte{0xC0};
  };
  const std::string tensor = "model.layers.1.mlp.down_proj.weight";
  for (const int64_t element : {0, 1, 17}) {
    const ChangedGolden bad(golden, tensor, element, set);
    const LoadedModel loaded =
        read_model(options_of(group_, bad.folder(), &space_), group_.rank(), group_.size());
    const std::string place = "[0, " + std::to_string(element) + "]";
    EXPECT_EQ(loaded.problem, "weight '" + tensor + "' " + place + " is not finite");
    EXPECT_EQ(loss_bits(options_of(group_, golden, &space_), group_), good);
  }
}

TEST_F(SharedLoad, BytesThatAreNotThoseThatWereHashedAreFoundByAll) {
  const SharedModel model(kConfig, DType::f32, kShardBytes);
  const Checkpoint checkpoint = Checkpoint::open(model.folder());
  std::vector<FileHash> files;
  for (size_t i = 0; i < checkpoint.files().size(); ++i) {
    const FileDigest digest = checkpoint.digest(i);
    files.push_back({.name = checkpoint.files()[i].name, .block_sums = digest.block_sums});
  }
  SessionOptions options = options_of(group_, model.folder(), &space_);
  const auto expected = loss_bits(options, group_);
  options.sums = block_sums_of(files);
  EXPECT_EQ(loss_bits(options, group_), expected);
  const std::string name = "model-00001-of-00003.safetensors";
  const size_t blocks = options.sums.at(name).size();
  ASSERT_GE(blocks, 3U);
  for (size_t block = 0; block < blocks; ++block) {
    SessionOptions other = options;
    other.sums.at(name)[block] ^= 1U;
    const LoadedModel loaded = read_model(other, group_.rank(), group_.size());
    ASSERT_TRUE(loaded.problem.has_value());
    EXPECT_TRUE(loaded.is_other_content);
    EXPECT_THAT(*loaded.problem,
                testing::StartsWith(name + ": bytes " + std::to_string(block * kReadBlockBytes)));
    EXPECT_EQ(loss_bits(options, group_), expected);
  }
  options.sums.at(name).pop_back();  // Of a shorter file.
  EXPECT_TRUE(read_model(options, group_.rank(), group_.size()).is_other_content);
}

TEST_F(SharedLoad, AProblemOfOneRankIsThatOfAll) {
  const bool last = group_.rank() == group_.size() - 1;
  const fs::path folder = last ? fs::path("/nowhere/at/all") : goldens() / "baseline";
  const LoadedModel loaded =
      read_model(options_of(group_, folder, &space_), group_.rank(), group_.size());
  ASSERT_TRUE(loaded.problem.has_value());
  EXPECT_THAT(*loaded.problem, testing::HasSubstr("/nowhere/at/all"));
}

TEST_F(SharedLoad, AFileThatShrinksMeanwhileIsFoundByAll) {
  const SharedModel model(kConfig, DType::f32, kShardBytes);
  SessionOptions options = options_of(group_, model.folder(), &space_);
  options.read_bytes_per_s = 16.0 * 1024 * 1024;  // Half a second each for a rank's blocks.
  ModelLoader loader(options, group_.rank(), group_.size());
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  group_.control.barrier();
  if (group_.leader()) {
    for (const auto& file : fs::directory_iterator(model.folder()))
      if (file.path().extension() == ".safetensors") fs::resize_file(file.path(), 1'000);
  }
  const LoadedModel loaded = loader.take();
  ASSERT_TRUE(loaded.problem.has_value());
  EXPECT_THAT(*loaded.problem, testing::HasSubstr("has changed while it was read"));
  const std::vector<std::string> all = group_.control.all_gather(*loaded.problem);
  for (const std::string& text : all) EXPECT_EQ(text, all.front());
  EXPECT_FALSE(loss_bits(options_of(group_, goldens() / "baseline", &space_), group_).empty());
}

TEST_F(SharedLoad, ALoadThatIsGivenUpByAllIsFollowedByTheNext) {
  const SharedModel model(kConfig, DType::f32, kShardBytes);
  SessionOptions slow = options_of(group_, model.folder(), &space_);
  slow.read_bytes_per_s = 1000;
  const auto expected = loss_bits(options_of(group_, model.folder(), nullptr), group_);
  for (int time = 0; time < 3; ++time) {
    const auto start = std::chrono::steady_clock::now();
    { const ModelLoader loader(slow, group_.rank(), group_.size()); }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    EXPECT_LT(taken.count(), 5);  // Its first block alone would take two hours.
    EXPECT_EQ(loss_bits(options_of(group_, model.folder(), &space_), group_), expected);
  }
}

}  // namespace
}  // namespace verdict
