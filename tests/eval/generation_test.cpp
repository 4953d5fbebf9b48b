#include "verdict/eval/generation.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "eval/world_group.h"
#include "verdict/checkpoint/architectures.h"
#include "verdict/checkpoint/shard_plan.h"
#include "verdict/core/error.h"
#include "verdict/eval/model_loader.h"

namespace verdict {
namespace {

constexpr int64_t kVocab = 1009;  // Prime: no degree but one divides it.
constexpr int64_t kLength = 30;
constexpr int64_t kTokens = 6;

class GreedyIds : public testing::Test {
 protected:
  void SetUp() override { at::manual_seed(7); }
  Group group_ = world_group();
  Range mine_ = share(kVocab, group_.rank(), group_.size());

  at::Tensor ids(const at::Tensor& logits) {
    return greedy_ids(logits.narrow(1, mine_.begin, mine_.size()), mine_, *group_.tensors);
  }
};

TEST_F(GreedyIds, AreTheHighestOfTheWholeVocabulary) {
  const at::Tensor logits = at::randn({300, kVocab}) - 50;
  EXPECT_TRUE(at::equal(ids(logits), logits.argmax(-1)));
}

TEST_F(GreedyIds, OfEqualLogitsTheLowestIdIsTaken) {
  at::Tensor logits = at::zeros({4, kVocab});
  for (const int64_t id : {kVocab - 1, int64_t{700}, int64_t{300}}) logits[1][id] = 2.5F;
  logits[2].slice(0, 600, kVocab).fill_(1);
  logits[3].fill_(-3);
  EXPECT_TRUE(at::equal(ids(logits), at::tensor({0, 300, 600, 0}, at::kLong)));
}

TEST_F(GreedyIds, ALogitThatIsNotFiniteLeavesItsRowWithoutAnId) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {infinity, -infinity, std::numeric_limits<float>::quiet_NaN()}) {
    for (const int64_t place : {int64_t{0}, int64_t{500}, kVocab - 1}) {
      at::Tensor logits = at::zeros({2, kVocab});
      logits[0][9] = 1;
      logits[1][place] = bad;
      EXPECT_TRUE(at::equal(ids(logits), at::tensor({9, -1}, at::kLong))) << bad << " at " << place;
    }
  }
}

// A golden on all ranks, and two prompts for it.
class Generate : public testing::Test {
 protected:
  Decoder decoder(const std::filesystem::path& folder) {
    LoadedModel loaded =
        read_model({.folder = folder, .numerics = {.tp = group_.size()}, .length = kLength},
                   group_.rank(), group_.size());
    return {std::move(loaded.spec), loaded.plan, std::move(loaded.weights), *group_.tensors,
            kLength};
  }

  static at::Tensor prompts(int64_t length = kLength) {
    return at::arange(2 * length, at::kLong).mul_(7).remainder_(31).view({2, length});
  }

  // A whole forward pass for each token.
  at::Tensor without_cache(const Decoder& decoder, const at::Tensor& prompts) {
    at::Tensor rows = prompts;
    for (int64_t i = 0; i < kTokens; ++i) {
      KvCache none = decoder.make_cache(rows.size(0), rows.size(1));
      const at::Tensor hidden =
          decoder.forward(rows, none, workspace_).view({rows.size(0), rows.size(1), -1});
      at::Tensor logits;
      decoder.logits(hidden.select(1, rows.size(1) - 1).contiguous(), logits, workspace_);
      const at::Tensor ids = greedy_ids(logits, decoder.vocab(), decoder.group());
      rows = at::cat({rows, ids.unsqueeze(-1)}, 1);
    }
    return rows.narrow(1, prompts.size(1), kTokens);
  }

  Group group_ = world_group();
  ops::Workspace workspace_{};
};

// Of every way to mark a position, and every kind of attention.
TEST_F(Generate, ACacheChangesNothing) {
  if (group_.size() > 1) GTEST_SKIP() << "what each rank caches is compared with transformers";
  for (const char* golden :
       {"llama/baseline", "llama/rope_yarn", "mistral/window", "mistral/one_token_window",
        "gemma2/caps_and_windows", "falcon/alibi", "falcon/multi_query", "gptj/base",
        "gpt2/no_prefix", "olmo2/whole_norms", "qwen2/window_from_a_layer_on"}) {
    const Decoder model = decoder(golden_families() / golden);
    const Generation made = generate(model, prompts(), {.tokens = kTokens}, workspace_);
    EXPECT_TRUE(at::equal(made.tokens, without_cache(model, prompts()))) << golden;
  }
}

TEST_F(Generate, CostsOnePromptAndThenATokenAStep) {
  const Decoder model = decoder(goldens() / "baseline");
  const int64_t layers = describe(Checkpoint::open(goldens() / "baseline").config()).layers;
  const Traffic before = group_.tensors->traffic();
  const Generation made = generate(model, prompts(), {.tokens = kTokens}, workspace_);
  EXPECT_EQ(made.passes, kTokens);
  EXPECT_EQ(made.tokens_computed, 2 * (kLength + kTokens - 1));
  EXPECT_EQ(workspace_.products, kTokens * (4 * layers + 1));
  if (group_.size() == 1) return;
  EXPECT_EQ(group_.tensors->traffic().calls - before.calls, kTokens * (2 * layers + 1 + 2));
}

// The short factors hold for 50 tokens: what has one more is computed from its beginning, once.
TEST_F(Generate, ComputesARowAnewWhereItOutgrowsTheShortFactors) {
  const Decoder model = decoder(golden_families() / "phi3/old_config_longrope_short");
  for (const int64_t length : {int64_t{44}, int64_t{45}, int64_t{47}, int64_t{50}, int64_t{51}}) {
    const Generation made = generate(model, prompts(length), {.tokens = kTokens}, workspace_);
    EXPECT_TRUE(at::equal(made.tokens, without_cache(model, prompts(length)))) << length;
    const bool outgrown = length <= 50 && length + kTokens - 1 > 50;
    EXPECT_EQ(made.tokens_computed, 2 * (length + kTokens - 1 + (outgrown ? 50 : 0))) << length;
    EXPECT_EQ(made.passes, kTokens);
  }
}

TEST_F(Generate, OtherPromptsAndChunksOfTheHeadDoNotMatter) {
  const Decoder model = decoder(goldens() / "baseline");
  const Generation both = generate(model, prompts(), {.tokens = kTokens}, workspace_);
  const Generation chunked =
      generate(model, prompts(), {.tokens = kTokens, .chunk_rows = 1}, workspace_);
  const Generation alone =
      generate(model, prompts().narrow(0, 1, 1), {.tokens = kTokens}, workspace_);
  EXPECT_TRUE(at::equal(both.tokens, chunked.tokens));
  EXPECT_TRUE(at::equal(both.tokens[1], alone.tokens[0]));
}

TEST_F(Generate, LogitsThatAreNotFiniteAreNamedOnEveryRank) {
  const ChangedGolden changed(goldens() / "baseline", "model.norm.weight", 2,
                              [](DType, std::byte* bytes) {
                                const float large = 3e38F;
                                std::memcpy(bytes, &large, 4);
                              });
  const Decoder model = decoder(changed.folder());
  try {
    static_cast<void>(generate(model, prompts(), {.tokens = kTokens}, workspace_));
    FAIL() << "generated";
  } catch (const ModelError& e) {
    EXPECT_STREQ(e.what(), "prompt 1: the logits of generated token 0 are not finite");
  }
}

TEST_F(Generate, MorePositionsThanAreLearnedAreABadModel) {
  const Decoder model = decoder(golden_families() / "gpt2" / "untied");  // It has learned 41.
  EXPECT_EQ(generate(model, prompts(), {.tokens = 12}, workspace_).tokens.size(1), 12);
  EXPECT_THROW(static_cast<void>(generate(model, prompts(), {.tokens = 13}, workspace_)),
               ModelError);
}

TEST_F(Generate, ACacheTakesNoMoreThanItHasRoomFor) {
  const Decoder model = decoder(goldens() / "baseline");
  KvCache cache = model.make_cache(2, kLength + 1);
  static_cast<void>(model.forward(prompts(), cache, workspace_));
  EXPECT_EQ(cache.length(), kLength);
  EXPECT_THROW(static_cast<void>(model.forward(prompts(2), cache, workspace_)), SystemError);
}

}  // namespace
}  // namespace verdict
