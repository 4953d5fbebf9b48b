#include "verdict/checkpoint/read_plan.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <limits>

#include "checkpoint/fixtures.h"
#include "verdict/checkpoint/architectures.h"
#include "verdict/core/file.h"

namespace verdict {
namespace {

namespace fs = std::filesystem;
using testing_support::refusal;
using testing_support::safetensors_file;
using testing_support::TemporaryFolder;
using testing_support::write_file;
using testing_support::write_llama;

using Bytes = std::vector<std::byte>;

// As a rank puts parameters together, element by element.
class Assembled {
 public:
  Assembled(const Checkpoint& checkpoint, const ShardPlan& plan) : checkpoint_(checkpoint) {
    for (const ParamPlan& param : plan.params) {
      params_.push_back(&param);
      sizes_.push_back(size_of(param_dtype(checkpoint, param)));
      values_.emplace_back(param_elements(param) * sizes_.back());
      times_.emplace_back(param_elements(param));
    }
  }
  void take(const Bytes& block, const std::vector<BlockCopy>& copies) {
    for (const BlockCopy& copy : copies) {
      const int64_t width =
          params_[copy.param]->shape.size() == 2 ? params_[copy.param]->shape[1] : 1;
      const uint64_t size = sizes_[copy.param];
      for (int64_t row = 0; row < copy.rows; ++row) {
        for (int64_t column = 0; column < copy.columns; ++column) {
          const int64_t to_row = copy.to_row + (copy.transposed ? column : row);
          const int64_t to_column = copy.to_column + (copy.transposed ? row : column);
          const auto to = static_cast<size_t>(to_row * width + to_column);
          const uint64_t from =
              copy.byte + static_cast<uint64_t>(row * copy.stride + column) * size;
          ASSERT_LE(from + size, block.size());
          std::memcpy(&values_[copy.param].at(to * size), &block[from], size);
          ++times_[copy.param][to];
        }
      }
    }
  }
  void expect_complete() const {
    for (size_t i = 0; i < params_.size(); ++i) {
      EXPECT_EQ(times_[i], std::vector<int>(times_[i].size(), 1)) << params_[i]->name;
      Bytes expected(values_[i].size());
      read_param(checkpoint_, *params_[i], expected);
      EXPECT_EQ(values_[i], expected) << params_[i]->name;
    }
  }
  [[nodiscard]] const std::vector<const ParamPlan*>& params() const { return params_; }

 private:
  const Checkpoint& checkpoint_;
  std::vector<const ParamPlan*> params_{};
  std::vector<uint64_t> sizes_{};
  std::vector<Bytes> values_{};
  std::vector<std::vector<int>> times_{};
};

Bytes read_block(const Checkpoint& checkpoint, const ReadBlock& block) {
  Bytes bytes(block.bytes());
  const ModelFile& file = checkpoint.files()[block.file];
  read_exactly(file.fd.get(), block.begin, bytes, file.name);
  return bytes;
}

void expect_every_rank_gets_its_parameters(const Checkpoint& checkpoint, uint64_t block_bytes) {
  const DecoderSpec spec = describe(checkpoint);
  const ReadPlan plan(checkpoint, make_shard_plan(spec, 0, 1), block_bytes);
  for (int tp = 1; tp <= 3; ++tp) {
    if (tp > spec.heads) continue;
    for (int rank = 0; rank < tp; ++rank) {
      const ShardPlan shard = make_shard_plan(spec, rank, tp);
      Assembled assembled(checkpoint, shard);
      const CopyPlan copies(checkpoint, assembled.params());
      for (size_t i = 0; i < plan.blocks().size(); ++i) {
        assembled.take(read_block(checkpoint, plan.blocks()[i]),
                       copies.copies_of(plan.elements_of(i)));
      }
      assembled.expect_complete();
    }
  }
}

class ReadPlanOf : public testing::TestWithParam<std::string> {};

TEST_P(ReadPlanOf, EveryElementReachesItsPlaceOnceWhateverTheBlocks) {
  const Checkpoint checkpoint = Checkpoint::open(GetParam());
  for (const uint64_t block_bytes : {uint64_t{64}, uint64_t{1000}, uint64_t{4096}, kReadBlockBytes})
    expect_every_rank_gets_its_parameters(checkpoint, block_bytes);
}

std::vector<std::string> goldens() {
  std::vector<std::string> folders;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(VERDICT_TEST_DIR) / "goldens"))
    if (entry.path().filename() == "config.json") folders.push_back(entry.path().parent_path());
  std::ranges::sort(folders);
  return folders;
}

INSTANTIATE_TEST_SUITE_P(AllGoldens, ReadPlanOf, testing::ValuesIn(goldens()), [](const auto& of) {
  const fs::path folder = of.param;
  return folder.parent_path().filename().string() + "_" + folder.filename().string();
});

TEST(ReadPlan, BlocksAreTheWholeFilesInOrderCutAtMultiples) {
  const TemporaryFolder folder;
  write_llama(folder.path(), testing_support::llama_config(), 20'000);
  const Checkpoint checkpoint = Checkpoint::open(folder.path());
  const ReadPlan plan(checkpoint, make_shard_plan(describe(checkpoint), 0, 1), 4096);
  size_t file = 0;
  uint64_t at = 0;
  uint64_t all = 0;
  int files = 0;
  for (const ReadBlock& block : plan.blocks()) {
    if (files == 0 || block.file != file) {
      if (files > 0) {
        EXPECT_EQ(at, checkpoint.files()[file].stamp.size);
      }
      file = block.file;
      at = 0;
      ++files;
      all += checkpoint.files()[file].stamp.size;
    }
    EXPECT_EQ(block.begin, at);
    EXPECT_EQ(block.begin % 4096, 0U);
    EXPECT_TRUE(block.bytes() == 4096 || block.end == checkpoint.files()[file].stamp.size);
    at = block.end;
  }
  EXPECT_EQ(at, checkpoint.files()[file].stamp.size);
  EXPECT_GT(files, 2);
  EXPECT_EQ(plan.bytes(), all);
}

// A model of one F32 table [3, 2] behind a header of odd length, and a tensor that nobody uses.
struct Odd {
  explicit Odd(size_t unused_bytes) {
    std::string data(24 + unused_bytes, '\0');
    for (size_t i = 0; i < 6; ++i) {
      const auto value = static_cast<float>(i + 1);
      std::memcpy(&data[i * 4], &value, 4);
    }
    std::string header =
        R"({"t":{"dtype":"F32","shape":[3,2],"data_offsets":[0,24]},"u":{"dtype":"U8","shape":[)" +
        std::to_string(unused_bytes) + R"(],"data_offsets":[24,)" +
        std::to_string(24 + unused_bytes) + "]}}";
    while (header.size() % 8 != 1) header += ' ';
    write_file(folder.path() / "config.json", "{}");
    write_file(folder.path() / "model.safetensors", safetensors_file(header, data));
    plan.params = {
        {.name = "p", .shape = {3, 2}, .parts = {{.tensor = "t", .dim = 0, .range = {0, 3}}}}};
  }
  TemporaryFolder folder{};
  ShardPlan plan{};
};

TEST(ReadPlan, AnElementOnTheBorderOfTwoBlocksIsReadWithTheFirst) {
  const Odd odd(100);
  const Checkpoint checkpoint = Checkpoint::open(odd.folder.path());
  const ReadPlan plan(checkpoint, odd.plan, 8);
  const TensorInfo& t = *checkpoint.find("t");
  ASSERT_EQ(t.begin % 8, 1U);
  EXPECT_EQ(plan.blocks().size(), 3U);
  EXPECT_EQ(plan.bytes(), 3 * 8U + 3);  // Of six elements, each second one lies on a border.
  Assembled assembled(checkpoint, odd.plan);
  const CopyPlan copies(checkpoint, assembled.params());
  for (size_t i = 0; i < plan.blocks().size(); ++i)
    assembled.take(read_block(checkpoint, plan.blocks()[i]), copies.copies_of(plan.elements_of(i)));
  assembled.expect_complete();
}

TEST(ReadPlan, BlocksWithoutWeightsAreNotRead) {
  const Odd odd(10'000);
  const Checkpoint checkpoint = Checkpoint::open(odd.folder.path());
  const ReadPlan plan(checkpoint, odd.plan, 1024);
  ASSERT_EQ(plan.blocks().size(), 1U);
  EXPECT_EQ(plan.bytes(), 1024U);
}

TEST(ReadPlan, TheFingerprintIsOfTheFilesAndOfWhatIsRead) {
  const Odd one(100);
  const Odd other(101);
  const Checkpoint first = Checkpoint::open(one.folder.path());
  const Checkpoint second = Checkpoint::open(other.folder.path());
  const uint64_t print = ReadPlan(first, one.plan).fingerprint();
  EXPECT_EQ(ReadPlan(Checkpoint::open(one.folder.path()), one.plan).fingerprint(), print);
  EXPECT_NE(ReadPlan(second, other.plan).fingerprint(), print);
}

// Twenty million bytes: blocks of eight MiB twice, and the rest.
TEST(BlockSums, AreThoseOfTheDigestAndFindAnyChangedByte) {
  const Odd odd(20'000'000);
  const Checkpoint checkpoint = Checkpoint::open(odd.folder.path());
  ASSERT_EQ(checkpoint.files()[1].name, "model.safetensors");
  const FileDigest digest = checkpoint.digest(1);
  const BlockSums sums = block_sums_of(
      {{.name = "config.json"}, {.name = "model.safetensors", .block_sums = digest.block_sums}});
  EXPECT_EQ(sums.size(), 1U);
  const uint64_t size = checkpoint.files()[1].stamp.size;
  ASSERT_EQ(digest.block_sums.size(), 3U);
  for (uint64_t begin = 0; begin < size; begin += kReadBlockBytes) {
    const ReadBlock block{
        .file = 1, .begin = begin, .end = std::min(begin + kReadBlockBytes, size)};
    Bytes bytes = read_block(checkpoint, block);
    EXPECT_NO_THROW(require_as_hashed(checkpoint, block, bytes, sums));
    EXPECT_NO_THROW(require_as_hashed(checkpoint, block, bytes, {}));
    for (const size_t at : {size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
      bytes[at] ^= std::byte{1};
      EXPECT_EQ(refusal([&] { require_as_hashed(checkpoint, block, bytes, sums); }),
                "model.safetensors: bytes " + std::to_string(begin) + " to " +
                    std::to_string(block.end) + " are not those that were hashed");
      bytes[at] ^= std::byte{1};
    }
  }
}

TEST(CopyPlan, WhatDoesNotFitIsRefused) {
  const Odd odd(100);
  const Checkpoint checkpoint = Checkpoint::open(odd.folder.path());
  const auto refused = [&](std::vector<int64_t> shape, std::vector<Slice> parts) {
    const ParamPlan param{.name = "p", .shape = std::move(shape), .parts = std::move(parts)};
    const std::vector<const ParamPlan*> params{&param};
    return refusal([&] { const CopyPlan plan(checkpoint, params); });
  };
  const Slice rows{.tensor = "t", .dim = 0, .range = {0, 2}};
  EXPECT_EQ(refused({2, 2}, {rows}), "accepted");
  EXPECT_EQ(refused({3, 2}, {rows}), "the parts of p do not fill its shape");
  EXPECT_EQ(refused({1, 2}, {rows}), "the parts of p do not fit its shape");
  EXPECT_EQ(refused({2, 3}, {rows}), "the parts of p do not fit its shape");
  EXPECT_EQ(refused({2, 2}, {{.tensor = "x", .dim = 0, .range = {0, 2}}}), "tensor 'x' is missing");
  EXPECT_EQ(refused({4, 2}, {{.tensor = "t", .dim = 0, .range = {0, 4}}}),
            "tensor 't' is [3, 2], needed are 0 to 4 of dimension 0");
}

template <typename Bits>
Bytes bytes_of(const std::vector<Bits>& values, size_t shift) {
  Bytes bytes(values.size() * sizeof(Bits) + shift);
  std::memcpy(bytes.data() + shift, values.data(), values.size() * sizeof(Bits));
  return bytes;
}

// Whatever the value, the place and the address.
template <typename Bits>
void expect_found(DType dtype, const std::vector<Bits>& bad, Bits largest) {
  for (const size_t count : {size_t{1}, size_t{4095}, size_t{4096}, size_t{10'000}}) {
    std::vector<Bits> values(count, largest);
    for (const size_t shift : {size_t{0}, size_t{1}}) {
      const Bytes fine = bytes_of(values, shift);
      EXPECT_EQ(first_non_finite(std::span(fine).subspan(shift), dtype), std::nullopt);
      for (const Bits bits : bad) {
        for (const size_t at : {size_t{0}, count / 2, count - 1}) {
          std::vector<Bits> changed = values;
          changed[at] = changed[count - 1] = bits;
          const Bytes bytes = bytes_of(changed, shift);
          EXPECT_EQ(first_non_finite(std::span(bytes).subspan(shift), dtype), at) << count;
        }
      }
    }
  }
}

TEST(FirstNonFinite, FindsInfinityAndEveryKindOfNaN) {
  expect_found<uint32_t>(DType::f32, {0x7F80'0000, 0xFF80'0000, 0x7F80'0001, 0xFFFF'FFFF},
                         std::bit_cast<uint32_t>(-std::numeric_limits<float>::max()));
  expect_found<uint16_t>(DType::bf16, {0x7F80, 0xFF80, 0x7F81, 0xFFFF}, 0xFF7F);
  expect_found<uint16_t>(DType::f16, {0x7C00, 0xFC00, 0x7C01, 0xFFFF}, 0xFBFF);
  EXPECT_THROW(static_cast<void>(first_non_finite({}, DType::i8)), SystemError);
}

TEST(FirstNonFinite, ThePlaceIsThatOfTheStoredTensor) {
  EXPECT_EQ(non_finite_text({.name = "w", .shape = {4, 5}}, 13), "weight 'w' [2, 3] is not finite");
  EXPECT_EQ(non_finite_text({.name = "b", .shape = {20}}, 13), "weight 'b' [13] is not finite");
}

}  // namespace
}  // namespace verdict
