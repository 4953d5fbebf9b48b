// What a forward pass on the GPU's path launches, moves and says to other ranks, counted exactly:
// the kernels are emulated, everything above them is the program's.
#include <ATen/record_function.h>
#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "eval/world_group.h"
#include "model/kernels/emulation.h"
#include "verdict/checkpoint/memory.h"

namespace verdict {
namespace {

constexpr int64_t kLength = 24;
constexpr int64_t kBatch = 2;

struct Model {
  std::unique_ptr<Decoder> decoder{};
  int64_t element = 0;  // Bytes.
};

Model load(const std::string& golden, const Group& group, const std::string& dtype) {
  const Numerics numerics{.dtype = dtype, .tp = group.size()};
  LoadedModel loaded =
      read_model({.folder = golden_families() / golden, .numerics = numerics, .length = kLength},
                 group.rank(), group.size());
  if (loaded.problem) throw std::runtime_error(*loaded.problem);
  return {.decoder = std::make_unique<Decoder>(loaded.spec, loaded.plan, std::move(loaded.weights),
                                               *group.tensors, kLength),
          .element = dtype == "float32" ? 4 : 2};
}

at::Tensor some_tokens() { return at::arange(kBatch * kLength).remainder(60).view({kBatch, -1}); }

std::map<std::string, int64_t> launches() {
  std::map<std::string, int64_t> counts;
  for (const auto& launch : kernels::launched()) ++counts[launch.kernel];
  return counts;
}

int64_t launched_bytes() {
  int64_t bytes = 0;
  for (const auto& launch : kernels::launched()) bytes += launch.bytes;
  return bytes;
}

// Calls of ATen that compute or copy: not those that only look at memory in another way or make
// room, and not what such a call does inside.
class AtenCalls {
 public:
  AtenCalls()
      : handle_(at::addThreadLocalCallback(
            at::RecordFunctionCallback([](const at::RecordFunction& f)
                                           -> std::unique_ptr<at::ObserverContext> {
              ++mine()[f.name()];
              return nullptr;
            }).scopes({at::RecordScope::FUNCTION}))) {
    mine().clear();
  }
  ~AtenCalls() { at::removeCallback(handle_); }
  AtenCalls(const AtenCalls&) = delete;
  AtenCalls& operator=(const AtenCalls&) = delete;
  [[nodiscard]] int64_t of(const std::string& name) const { return mine()[name]; }

 private:
  static std::map<std::string, int64_t>& mine() {
    static std::map<std::string, int64_t> calls;  // RecordFunction takes plain functions only.
    return calls;
  }
  at::CallbackHandle handle_;
};

class KernelCounts : public testing::Test {
 protected:
  Group group_ = world_group();
};

// Llama: the norms carry the additions of the branches with them, also from one layer into the
// next, so that a layer is four products, attention and four kernels.
TEST_F(KernelCounts, ALayerOfLlamaIsFourProductsAttentionAndFourKernels) {
  for (const std::string dtype : {"float32", "bfloat16"}) {
    const Model m = load("llama/baseline", group_, dtype);
    const DecoderSpec& spec = m.decoder->spec();
    ops::Workspace workspace;
    kernels::launched().clear();
    const Traffic before = group_.tensors->traffic();
    const AtenCalls calls;
    static_cast<void>(m.decoder->forward(some_tokens(), workspace));
    const int64_t layers = spec.layers;
    EXPECT_EQ(workspace.products, 4 * layers);
    EXPECT_EQ(calls.of("aten::mm"), 4 * layers);
    // The sums of several ranks add, too.
    if (group_.size() == 1) {
      EXPECT_EQ(calls.of("aten::add_"), 0) << "an addition outside of a norm";
    }
    EXPECT_EQ(calls.of("aten::mul"), 0);
    EXPECT_EQ(launches(), (std::map<std::string, int64_t>{
                              {"add_norm", 2 * layers + 1}, {"gate", layers}, {"rotate", layers}}));
    const Traffic after = group_.tensors->traffic();
    // One more for the embedding; a rank alone has nobody to speak to.
    const int64_t sums = group_.size() == 1 ? 0 : 2 * layers + 1;
    EXPECT_EQ(after.calls - before.calls, sums);
    EXPECT_EQ(after.bytes - before.bytes, sums * kBatch * kLength * spec.hidden * m.element);
  }
}

TEST_F(KernelCounts, TheBytesOfALayerAreThoseOfItsShapes) {
  const Model m = load("llama/baseline", group_, "bfloat16");
  const DecoderSpec& s = m.decoder->spec();
  ops::Workspace workspace;
  kernels::launched().clear();
  static_cast<void>(m.decoder->forward(some_tokens(), workspace));
  const int64_t tokens = kBatch * kLength;
  const HeadShard heads = make_shard_plan(s, group_.rank(), group_.size()).heads;
  const int64_t ffn = share(s.ffn, group_.rank(), group_.size()).size();
  // The first norm has nothing to add: two passes over its rows, the others four.
  const int64_t norms = (4 * 2 * s.layers + 2) * s.hidden;
  const int64_t turned = 2 * s.layers * (heads.q.size() + heads.kv.size()) * s.rotary_dim;
  EXPECT_EQ(launched_bytes(), 2 * tokens * (norms + turned + 3 * s.layers * ffn));
}

// The goal's own sum for a layer of Qwen2.5-14B at 4,096 tokens: 0.78 GB.
TEST_F(KernelCounts, ALayerOfAFourteenBillionModelMovesWhatTheRooflineSays) {
  kernels::AddNormArguments norm;
  norm.branch = &norm;
  norm.rows = 4096;
  norm.width = 5120;
  norm.bfloat = true;
  kernels::RotateArguments rotate;
  rotate.tokens = 4096;
  rotate.heads = 40 + 8;
  rotate.half = 64;
  rotate.bfloat = true;
  kernels::GateArguments gate;
  gate.rows = 4096;
  gate.width = 13824;
  gate.gated = true;
  gate.bfloat = true;
  EXPECT_EQ(2 * traffic(norm) + traffic(rotate) + traffic(gate), 775'946'240);
}

// Whatever the batch: one buffer, of at most the bytes allowed.
TEST_F(KernelCounts, LogitsNeedOneBufferOfABoundedChunk) {
  for (const int64_t vocab : {100'352, 152'064, 256'000}) {
    const DecoderSpec spec{.vocab = vocab};
    for (const int tp : {1, 2, 8}) {
      const int64_t rows = gpu_head_chunk_rows(spec, tp, kMaxGpuLogitsBytes);
      const int64_t widest = (vocab + tp - 1) / tp;
      EXPECT_LE(rows * widest * 4, int64_t{512} << 20);
      EXPECT_GT((rows + 128) * widest * 4, int64_t{512} << 20) << "a tile more would fit";
      EXPECT_EQ(rows % 128, 0);
    }
  }
  EXPECT_EQ(gpu_head_chunk_rows({.vocab = 256'000}, 1, 1 << 20), 1);
  EXPECT_EQ(gpu_head_chunk_rows({.vocab = 256'000}, 1, 0), 1);
}

TEST_F(KernelCounts, TheLossUsesThatBufferForEveryChunkAndRow) {
  const Model m = load("gemma2/caps_and_windows", group_, "float32");
  ops::Workspace workspace;
  const LossOptions options{.chunk_rows = 5};
  const auto first = score_rows(*m.decoder, some_tokens(), options, workspace);
  const void* const buffer = workspace.logits.const_data_ptr();
  const int64_t bytes = 5 * m.decoder->vocab().size() * 4;
  EXPECT_EQ(static_cast<int64_t>(workspace.logits.nbytes()), bytes);
  EXPECT_EQ(workspace.peak_logits_bytes, bytes);
  kernels::launched().clear();
  static_cast<void>(score_rows(*m.decoder, some_tokens(), options, workspace));
  EXPECT_EQ(workspace.logits.const_data_ptr(), buffer);
  EXPECT_EQ(launches()["log_sum_exp"], kBatch * 5) << "23 targets of a row in chunks of 5";
  ASSERT_EQ(first.size(), static_cast<size_t>(kBatch));
}

// Every micro-batch after the first asks for the same memory and gives all of it back.
class CountingAllocations : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void*, int64_t size, size_t, size_t, c10::Device) override {
    if (size > 0) ++allocations;
    balance += size;
  }
  [[nodiscard]] bool memoryProfilingEnabled() const override { return true; }
  int64_t allocations = 0;
  int64_t balance = 0;  // Bytes.
};

TEST_F(KernelCounts, AfterTheFirstMicroBatchMemoryDoesNotGrow) {
  const Model m = load("llama/baseline", group_, "bfloat16");
  ops::Workspace workspace;
  std::vector<int64_t> allocations;
  for (int batch = 0; batch < 3; ++batch) {
    const auto counted = std::make_shared<CountingAllocations>();
    const at::Tensor tokens = some_tokens();
    {
      const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, counted);
      static_cast<void>(score_rows(*m.decoder, tokens, {}, workspace));
    }
    if (batch > 0) {
      EXPECT_EQ(counted->balance, 0) << "micro-batch " << batch;
    }
    allocations.push_back(counted->allocations);
  }
  EXPECT_EQ(allocations[2], allocations[1]);
  RecordProperty("allocations_per_micro_batch", std::to_string(allocations[2]));
}

}  // namespace
}  // namespace verdict
