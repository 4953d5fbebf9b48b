// The layouts that Llama does not have: fused tensors, [in, out] storage, extra norms and tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "checkpoint/fixtures.h"
#include "verdict/checkpoint/shard_plan.h"
#include "verdict/checkpoint/tensor_check.h"

namespace verdict {
namespace {

constexpr int64_t kHeads = 12;
constexpr int64_t kHeadDim = 5;

DecoderSpec fused_spec(Fused fused, int64_t kv_heads) {
  DecoderSpec spec{.vocab = 101,
                   .hidden = 24,
                   .layers = 1,
                   .heads = kHeads,
                   .kv_heads = kv_heads,
                   .head_dim = kHeadDim,
                   .ffn = 37,
                   .max_pos = 9};
  spec.fused = fused;
  spec.qkv_bias = true;
  spec.names = {.embed = "wte",
                .norm1 = "h.{}.ln",
                .qkv = "h.{}.attn.qkv",
                .attn_out = "h.{}.attn.out",
                .gate_up = "h.{}.gate_up",
                .down = "h.{}.down"};
  spec.tied_head = true;
  return spec;
}

// What each row of the fused tensor is, e.g. "k1.4": kv head 1, row 4 of the head.
std::vector<std::string> stored_rows(const DecoderSpec& s) {
  std::vector<std::string> heads;
  const int64_t group = s.heads / s.kv_heads;
  const auto add = [&](char kind, int64_t i) { heads.push_back(kind + std::to_string(i)); };
  if (s.fused == Fused::q_k_v) {
    for (int64_t i = 0; i < s.heads; ++i) add('q', i);
    for (int64_t i = 0; i < s.kv_heads; ++i) add('k', i);
    for (int64_t i = 0; i < s.kv_heads; ++i) add('v', i);
  } else {
    for (int64_t j = 0; j < s.kv_heads; ++j) {
      for (int64_t i = 0; i < group; ++i) add('q', j * group + i);
      add('k', j);
      add('v', j);
    }
  }
  std::vector<std::string> rows;
  for (const std::string& head : heads) {
    for (int64_t e = 0; e < s.head_dim; ++e) rows.push_back(head + "." + std::to_string(e));
  }
  return rows;
}

std::vector<std::string> wanted_rows(const HeadShard& mine) {
  std::vector<std::string> rows;
  const auto add = [&](char kind, Range heads) {
    for (int64_t i = heads.begin; i < heads.end; ++i) {
      for (int64_t e = 0; e < kHeadDim; ++e)
        rows.push_back(kind + std::to_string(i) + "." + std::to_string(e));
    }
  };
  add('q', mine.q);
  add('k', mine.kv);
  add('v', mine.kv);
  return rows;
}

const ParamPlan& param_named(const ShardPlan& plan, const std::string& name) {
  const auto found = std::ranges::find(plan.params, name, &ParamPlan::name);
  if (found == plan.params.end()) throw std::runtime_error("no parameter " + name);
  return *found;
}

void check_layout(Fused fused, int64_t kv_heads, int tp) {
  const DecoderSpec spec = fused_spec(fused, kv_heads);
  const std::vector<std::string> stored = stored_rows(spec);
  for (int rank = 0; rank < tp; ++rank) {
    const ShardPlan plan = make_shard_plan(spec, rank, tp);
    for (const auto* name : {"layers.0.qkv", "layers.0.qkv_bias"}) {
      const ParamPlan& param = param_named(plan, name);
      std::vector<std::string> packed;
      for (const Slice& slice : param.parts) {
        for (int64_t i = slice.range.begin; i < slice.range.end; ++i)
          packed.push_back(stored.at(static_cast<size_t>(i)));
      }
      EXPECT_EQ(packed, wanted_rows(plan.heads)) << name << " of rank " << rank << " of " << tp;
      EXPECT_EQ(param.shape[0], std::ssize(packed));
    }
  }
}

TEST(FusedPlan, EachPartOfAFusedTensorIsSplitByHeadOnItsOwn) {
  for (int tp = 1; tp <= 8; ++tp) {
    check_layout(Fused::per_head, kHeads, tp);
    for (const int64_t kv_heads : {1, 3, 4, 12}) {
      check_layout(Fused::q_k_v, kv_heads, tp);
      check_layout(Fused::per_group, kv_heads, tp);
    }
  }
}

TEST(FusedPlan, NeighbouringRowsAreReadAtOnce) {
  const ShardPlan plan = make_shard_plan(fused_spec(Fused::q_k_v, 4), 0, 1);
  EXPECT_EQ(param_named(plan, "layers.0.qkv").parts.size(), 1U);
}

TEST(FusedPlan, GateAndUpOfOneTensorAreTwoRanges) {
  const ShardPlan plan = make_shard_plan(fused_spec(Fused::q_k_v, 4), 1, 2);
  const ParamPlan& param = param_named(plan, "layers.0.gate_up");
  ASSERT_EQ(param.parts.size(), 2U);
  EXPECT_EQ(param.parts[0].range, (Range{18, 37}));
  EXPECT_EQ(param.parts[1].range, (Range{37 + 18, 37 + 37}));
}

TEST(FusedPlan, TransposedStorageSwapsTheDimensionsOfLinearsOnly) {
  DecoderSpec spec = fused_spec(Fused::q_k_v, 4);
  spec.transposed = true;
  const ShardPlan plan = make_shard_plan(spec, 0, 2);
  EXPECT_EQ(param_named(plan, "layers.0.qkv").parts[0].dim, 1);
  EXPECT_EQ(param_named(plan, "layers.0.qkv_bias").parts[0].dim, 0);
  EXPECT_EQ(param_named(plan, "layers.0.attn_out").parts[0].dim, 0);
  EXPECT_TRUE(param_named(plan, "layers.0.attn_out").transposed);
  EXPECT_EQ(param_named(plan, "layers.0.attn_out").shape, (std::vector<int64_t>{24, 30}));
  EXPECT_FALSE(param_named(plan, "embed").transposed);
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const ExpectedTensor& tensor : expected_tensors(spec)) shapes[tensor.name] = tensor.shape;
  EXPECT_EQ(shapes.at("h.0.attn.qkv.weight"), (std::vector<int64_t>{24, 100}));
  EXPECT_EQ(shapes.at("wte.weight"), (std::vector<int64_t>{101, 24}));
}

TEST(FusedPlan, OptionalPartsAreThereWhenTheSpecNamesThem) {
  DecoderSpec spec = fused_spec(Fused::q_k_v, 4);
  spec.norm_bias = spec.head_bias = true;
  spec.qk_norm = QkNorm::whole;
  spec.tied_head = false;
  spec.pos_offset = 2;
  spec.names.pos_embed = "wpe";
  spec.names.embed_norm = "ln_e";
  spec.names.lm_head = "head";
  spec.names.q_norm = "h.{}.qn";
  spec.names.k_norm = "h.{}.kn";
  spec.names.post_attn_norm = "h.{}.pa";
  const ShardPlan plan = make_shard_plan(spec, 1, 2);
  EXPECT_EQ(param_named(plan, "pos_embed").shape, (std::vector<int64_t>{11, 24}));
  EXPECT_EQ(param_named(plan, "embed_norm_bias").shape, (std::vector<int64_t>{24}));
  EXPECT_EQ(param_named(plan, "layers.0.q_norm").parts[0].range, (Range{30, 60}));
  EXPECT_EQ(param_named(plan, "layers.0.k_norm_bias").parts[0].range, (Range{10, 20}));
  EXPECT_EQ(param_named(plan, "layers.0.post_attn_norm").parts[0].tensor, "h.0.pa.weight");
  EXPECT_EQ(param_named(plan, "lm_head_bias").parts[0].tensor, "head.bias");
  EXPECT_EQ(param_elements(make_shard_plan(spec, 0, 1)),
            static_cast<uint64_t>(parameter_count(spec)));
}

TEST(IgnoredTensors, TheBuffersOfTheAttentionModuleAreNamedExactly) {
  const std::set<std::string> names = ignored_tensors(fused_spec(Fused::q_k_v, 4));
  EXPECT_THAT(names, testing::ElementsAre("h.0.attn.bias", "h.0.attn.masked_bias",
                                          "h.0.attn.rotary_emb.inv_freq"));
}

TEST(ParameterCount, ACountBeyond64BitsIsRefused) {
  DecoderSpec spec = fused_spec(Fused::q_k_v, 4);
  spec.vocab = int64_t{1} << 40;
  spec.hidden = int64_t{1} << 40;
  EXPECT_THAT(testing_support::refusal([&] { (void)parameter_count(spec); }),
              testing::HasSubstr("2^63"));
}

}  // namespace
}  // namespace verdict
