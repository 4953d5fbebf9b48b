#include "verdict/checkpoint/memory.h"

#include <gtest/gtest.h>

#include <limits>

#include "checkpoint/fixtures.h"
#include "verdict/checkpoint/architectures.h"
#include "verdict/checkpoint/shard_plan.h"

namespace verdict {
namespace {

using testing_support::llama_config;

constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

DecoderSpec llama(const nlohmann::json& patch = nlohmann::json::object()) {
  nlohmann::json config = llama_config();
  config.update(patch);
  return describe(ConfigReader::parse(config.dump(), "config.json"));
}

// One rank has three blocks of files at a time.
constexpr uint64_t kProgram = kProgramBytes + 3 * (uint64_t{8} << 20);

// D 24, H 4, K 2, E 10, F 37, V 101, 2 layers. A layer has 2·40·24 + 2·20·24 + 3·37·24 + 2·24 =
// 5592 weights.
TEST(Memory, OfOneRankIsWhatTheFormulaSays) {
  const MemoryNeed need = memory_need(llama(), 1, 64, 2, 8);
  // Two layers, the embedding and the last norm in two bytes, the head in four.
  EXPECT_EQ(need.weight_bytes, (2 * 5592 + 101 * 24 + 24) * 2 + 101 * 24 * 4U);
  // The attention needs more than the mlp: (80 + 2·40 + 24)·2 = 368 > (74 + 37 + 24)·2 = 270.
  EXPECT_EQ(need.activation_bytes, 64 * (2 * 24 * 2 + 368U));
  EXPECT_EQ(need.logits_bytes, 8 * 101 * 4U);
  // The head once more, 101·24 in four bytes, is less than the activations.
  EXPECT_EQ(need.loading_bytes, 0U);
  EXPECT_EQ(need.program_bytes, kProgram);
  EXPECT_EQ(need.total(), 36'960 + 29'696 + 3'232U + kProgram);
  // Four blocks for two ranks.
  EXPECT_EQ(memory_need(llama(), 2, 64, 2, 8).program_bytes,
            kProgramBytes + 2 * (uint64_t{8} << 20));
}

// The head in two bytes as all else; the weights of a tied head are there already.
TEST(Memory, AGpuHoldsTheHeadAsTheBodyAndATiedOneOnce) {
  const MemoryNeed need = gpu_memory_need(llama(), 1, 64, 2);
  EXPECT_EQ(need.weight_bytes, (2 * 5592 + 2 * 101 * 24 + 24) * 2U);
  EXPECT_EQ(gpu_memory_need(llama({{"tie_word_embeddings", true}}), 1, 64, 2).weight_bytes,
            (2 * 5592 + 101 * 24 + 24) * 2U);
  EXPECT_EQ(need.activation_bytes, memory_need(llama(), 1, 64, 2, 8).activation_bytes);
  EXPECT_EQ(need.logits_bytes, 64 * 101 * 4U);  // No more rows than there are tokens.
  EXPECT_EQ(need.loading_bytes, 0U);
  EXPECT_EQ(need.program_bytes, kGpuProgramBytes);
}

// 13.98e9 parameters (performance.md 2.2): 14.8e9 with the embedding, in two bytes each.
TEST(Memory, A14BModelFitsAGpuOf80GbTwice) {
  const DecoderSpec spec = llama({{"hidden_size", 5120},
                                  {"num_hidden_layers", 48},
                                  {"num_attention_heads", 40},
                                  {"num_key_value_heads", 8},
                                  {"head_dim", 128},
                                  {"intermediate_size", 13'824},
                                  {"vocab_size", 152'064}});
  const MemoryNeed need = gpu_memory_need(spec, 1, 4096, 2);
  EXPECT_NEAR(static_cast<double>(need.weight_bytes), 29.5e9, 0.1e9);
  EXPECT_LT(need.total() + need.weight_bytes, static_cast<uint64_t>(0.92 * 80e9));
  EXPECT_LT(gpu_memory_need(spec, 2, 4096, 2).total(), need.total() / 2 + kGpuProgramBytes);
}

// Keys and values of 2 kv heads of 10 in 2 layers of two bytes, for 30 + 20 − 1 positions of 6
// rows.
TEST(Memory, AGenerationNeedsACacheAndRoomForItsPrompts) {
  const GenerationSize six{.prompts = 6, .prompt_tokens = 30, .tokens = 20};
  const MemoryNeed need = memory_need(llama(), 1, 64, 2, 8, six);
  EXPECT_EQ(need.cache_bytes, 2 * 2 * 10 * 2 * 2 * 6 * 49U);
  EXPECT_EQ(need.activation_bytes, 6 * 30 * (2 * 24 * 2 + 368U));
  EXPECT_EQ(need.total(), need.weight_bytes + need.activation_bytes + need.logits_bytes +
                              need.cache_bytes + kProgram);
  EXPECT_EQ(memory_need(llama(), 2, 64, 2, 8, six).cache_bytes, need.cache_bytes / 2);
  DecoderSpec turned = llama();
  turned.rope.kind = Rope::Kind::longrope;
  EXPECT_EQ(memory_need(turned, 1, 64, 2, 8, six).activation_bytes, 6 * 49 * (2 * 24 * 2 + 368U));
  EXPECT_EQ(memory_need(llama(), 1, 64, 2, 8).cache_bytes, 0U);
}

TEST(Memory, ATiedHeadIsACopyAllTheSame) {
  EXPECT_EQ(memory_need(llama({{"tie_word_embeddings", true}}), 1, 64, 2, 8).weight_bytes, 36'960U);
}

// F is cut into 18 and 19, V into 64 and 37: a layer has 2784 and 2856 weights.
TEST(Memory, TheLargestRankOfAGroupCounts) {
  const MemoryNeed need = memory_need(llama(), 2, 64, 2, 8);
  EXPECT_EQ(need.weight_bytes, (2 * 2784 + 64 * 24 + 24) * 2 + 64 * 24 * 4U);
  // The sums over ranks: what the other sends, and a float32 copy.
  EXPECT_EQ(need.activation_bytes, 64 * (2 * 24 * 2 + (40 + 2 * 20 + 24) * 2U + 8 * 24U));
  EXPECT_EQ(memory_need(llama(), 2, 64, 4, 8).activation_bytes,
            64 * (2 * 24 * 4 + (40 + 2 * 20 + 24) * 4U + 4 * 24U));
  EXPECT_EQ(need.logits_bytes, 8 * 64 * 4U);
}

TEST(Memory, LoadingNeedsMoreThanComputingWithFewTokens) {
  // The head once more, 101·24 in four bytes; a token needs 96 + 368 bytes, one row of logits 404.
  const MemoryNeed need = memory_need(llama(), 1, 1, 2, 1);
  EXPECT_EQ(need.loading_bytes, 4 * 101 * 24 - 464 - 404U);
  // With 30 words a layer's largest counts, the fused projection, 80·24 in two bytes.
  const MemoryNeed narrow = memory_need(llama({{"vocab_size", 30}}), 1, 1, 2, 1);
  EXPECT_EQ(narrow.loading_bytes, 2 * 80 * 24 - 464 - 120U);
}

TEST(Memory, TheWidestStepOfALayerCounts) {
  EXPECT_EQ(memory_need(llama({{"intermediate_size", 1000}}), 1, 1, 2, 0).activation_bytes,
            2 * 24 * 2 + (3 * 1000 + 24) * 2U);
  // Of two bytes to an element and narrow steps, the norm's float32 copies: 8·240 > (3 + 240)·2.
  const nlohmann::json wide{{"hidden_size", 240}, {"intermediate_size", 1}};
  EXPECT_EQ(memory_need(llama(wide), 1, 1, 2, 0).activation_bytes, 2 * 240 * 2 + 8 * 240U);
}

// 4 heads, 2 kv heads of 10: scores of 64 queries and 9 + 63 keys twice, keys and values once.
TEST(Memory, AWindowNarrowerThanTheRowNeedsScores) {
  DecoderSpec spec = llama();
  const uint64_t plain = memory_need(spec, 1, 100, 2, 8).activation_bytes;
  spec.window.width = 100;
  EXPECT_EQ(memory_need(spec, 1, 100, 2, 8).activation_bytes, plain);
  spec.window.width = 9;
  EXPECT_EQ(memory_need(spec, 1, 100, 2, 8).activation_bytes,
            plain + (2 * 4 * 64 * 72 + 2 * 2 * 10 * 100) * 4U);
}

// A soft-cap takes all layers to the blocks, and the layers without a window see whole rows.
TEST(Memory, ASoftCapNeedsScoresOfWholeRows) {
  DecoderSpec spec = llama();
  const uint64_t plain = memory_need(spec, 1, 100, 2, 8).activation_bytes;
  spec.window = {.width = 9, .every = 2};
  spec.attn_softcap = 50;
  EXPECT_EQ(memory_need(spec, 1, 100, 2, 8).activation_bytes,
            plain + (2 * 4 * 64 * 100 + 2 * 2 * 10 * 100) * 4U);
}

TEST(Memory, AnAbsurdConfigNeedsMoreThanThereIsAndOverflowsNothing) {
  const MemoryNeed large = memory_need(llama({{"hidden_size", 65'536},
                                              {"num_hidden_layers", 1024},
                                              {"intermediate_size", 1'048'576},
                                              {"vocab_size", 1'048'576}}),
                                       1, 4096, 4, 8);
  EXPECT_GT(large.total(), uint64_t{500} << 40);
  DecoderSpec spec = llama();
  spec.hidden = spec.ffn = spec.layers = spec.vocab = int64_t{1} << 40;
  const MemoryNeed most = memory_need(spec, 2, std::numeric_limits<int64_t>::max(), 4,
                                      std::numeric_limits<int64_t>::max());
  EXPECT_EQ(most.weight_bytes, kMost);
  EXPECT_EQ(most.activation_bytes, kMost);
  EXPECT_EQ(most.logits_bytes, kMost);
  EXPECT_EQ(most.total(), kMost);
  spec.ffn = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(memory_need(spec, 1, 1, 2, 1).total(), kMost);
}

TEST(Memory, AGroupThatCannotHoldTheModelAndWrongArgumentsAreRefused) {
  EXPECT_THROW((void)memory_need(llama(), 5, 64, 2, 8), ModelError);
  EXPECT_THROW((void)memory_need(llama(), 0, 64, 2, 8), SystemError);
  EXPECT_THROW((void)memory_need(llama(), 1, -1, 2, 8), SystemError);
}

TEST(HeadChunkRows, AChunkOfLogitsFitsItsBytesOnTheRankWithTheLargestShare) {
  DecoderSpec spec;
  spec.vocab = 256'000;
  constexpr int64_t kBytes = int64_t{64} << 20;
  for (const int tp : {1, 2, 3, 4}) {
    const int64_t rows = head_chunk_rows(spec, tp, kBytes);
    EXPECT_GE(rows, 1);
    EXPECT_LE(rows, 128);
    EXPECT_LE(rows * vocab_shard(spec, 0, tp).size() * 4, kBytes) << "tp " << tp;
  }
  spec.vocab = int64_t{1} << 20;
  EXPECT_EQ(head_chunk_rows(spec, 1, 1), 1);
}

}  // namespace
}  // namespace verdict
