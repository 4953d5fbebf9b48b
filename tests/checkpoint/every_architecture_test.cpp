// What must hold for each architecture of the table, on the configs of the goldens: real files of
// transformers, so that a key that its classes write and we do not know fails here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "checkpoint/fixtures.h"
#include "verdict/checkpoint/architectures.h"
#include "verdict/checkpoint/memory.h"
#include "verdict/checkpoint/shard_plan.h"
#include "verdict/checkpoint/submission.h"
#include "verdict/checkpoint/synth.h"
#include "verdict/checkpoint/tensor_check.h"

namespace verdict {
namespace {

namespace fs = std::filesystem;
using testing_support::read_file;
using testing_support::TemporaryFolder;

std::vector<std::string> goldens() {
  std::vector<std::string> names;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(VERDICT_TEST_DIR) / "goldens")) {
    if (entry.path().filename() == "config.json") names.push_back(entry.path().parent_path());
  }
  std::ranges::sort(names);
  return names;
}

class EveryArchitecture : public testing::TestWithParam<std::string> {
 protected:
  const Checkpoint checkpoint_ = Checkpoint::open(GetParam());
  const DecoderSpec spec_ = describe(checkpoint_);
};

// Elements of the file's tensors, without the head of a tied model.
TEST_P(EveryArchitecture, ParametersAreTheElementsOfTheFile) {
  int64_t elements = 0;
  for (const auto& [name, tensor] : checkpoint_.tensors()) {
    int64_t count = 1;
    for (const int64_t n : tensor.shape) count *= n;
    elements += count;
  }
  EXPECT_EQ(parameter_count(spec_), elements);
}

// How often each element along the split dimension is taken, over all ranks.
using Taken = std::map<std::string, std::map<int, std::vector<int>>>;

Taken taken_by(const DecoderSpec& spec, int tp) {
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const ExpectedTensor& tensor : expected_tensors(spec)) shapes[tensor.name] = tensor.shape;
  Taken taken;
  for (int rank = 0; rank < tp; ++rank) {
    for (const ParamPlan& param : make_shard_plan(spec, rank, tp).params) {
      for (const Slice& slice : param.parts) {
        auto& counts = taken[slice.tensor][slice.dim];
        counts.resize(
            static_cast<size_t>(shapes.at(slice.tensor).at(static_cast<size_t>(slice.dim))));
        for (int64_t i = slice.range.begin; i < slice.range.end; ++i)
          ++counts.at(static_cast<size_t>(i));
      }
    }
  }
  return taken;
}

// The ranks together take every element at least once, along one dimension; more than once only
// where all ranks hold it or where kv heads are replicated.
TEST_P(EveryArchitecture, TheRanksTogetherTakeEveryTensor) {
  std::set<std::string> unused;
  for (const UnusedModule& module : spec_.unused) {
    for (int64_t i = 0; i < spec_.layers; ++i) {
      unused.insert(layer_name(module.name, i) + ".weight");
      unused.insert(layer_name(module.name, i) + ".bias");
    }
  }
  for (int tp = 1; tp <= std::min<int64_t>(8, spec_.heads); ++tp) {
    const Taken taken = taken_by(spec_, tp);
    uint64_t once = 0;
    for (const ExpectedTensor& tensor : expected_tensors(spec_)) {
      if (unused.contains(tensor.name)) {
        EXPECT_FALSE(taken.contains(tensor.name)) << tensor.name;
        continue;
      }
      ASSERT_TRUE(taken.contains(tensor.name)) << tensor.name << ", tp " << tp;
      const auto& by_dim = taken.at(tensor.name);
      ASSERT_EQ(by_dim.size(), 1U) << tensor.name;
      const std::vector<int>& counts = by_dim.begin()->second;
      const auto [least, most] = std::ranges::minmax(counts);
      EXPECT_GE(least, 1) << tensor.name << ", tp " << tp;
      EXPECT_LE(most, tp) << tensor.name << ", tp " << tp;
      const bool replicated = spec_.kv_heads < tp;
      EXPECT_TRUE(replicated || (least == most && (most == 1 || most == tp))) << tensor.name;
      once += most == 1 ? 1 : 0;
    }
    EXPECT_GE(once, static_cast<uint64_t>(3 * spec_.layers)) << "tp " << tp;
  }
}

TEST_P(EveryArchitecture, ASynthModelOfItPassesEveryCheck) {
  const TemporaryFolder folder;
  write_synthetic_model(read_file(fs::path(GetParam()) / "config.json"),
                        {.out = folder.path(), .dtype = DType::f32, .max_shard_bytes = 9000});
  const SubmissionReport report = check_submission(folder.path(), {.sequence_length = 41});
  EXPECT_TRUE(report.passed()) << report.reason();
  EXPECT_EQ(report.parameters, parameter_count(spec_));
  EXPECT_TRUE(fs::exists(folder.path() / "model.safetensors.index.json"));
}

// Every parameter of the largest rank is in the prediction.
TEST_P(EveryArchitecture, MemoryCountsEveryParameter) {
  for (const int tp : {1, 4}) {
    uint64_t most = 0;
    for (int rank = 0; rank < tp; ++rank) {
      const ShardPlan plan = make_shard_plan(spec_, rank, tp);
      // The head is in float32, a tied one a copy.
      const uint64_t head = static_cast<uint64_t>(plan.vocab.size() * spec_.hidden);
      most = std::max(most, param_elements(plan) * 2 + head * (spec_.tied_head ? 4 : 2));
    }
    EXPECT_EQ(memory_need(spec_, tp, 41, 2, 8).weight_bytes, most) << "tp " << tp;
  }
}

INSTANTIATE_TEST_SUITE_P(Goldens, EveryArchitecture, testing::ValuesIn(goldens()),
                         [](const testing::TestParamInfo<std::string>& golden) {
                           const fs::path folder = golden.param;
                           return folder.parent_path().filename().string() + "_" +
                                  folder.filename().string();
                         });

}  // namespace
}  // namespace verdict
