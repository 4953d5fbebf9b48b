#include "verdict/checkpoint/shard_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "checkpoint/fixtures.h"
#include "verdict/checkpoint/architectures.h"
#include "verdict/checkpoint/tensor_check.h"

namespace verdict {
namespace {

using testing_support::llama_config;
using testing_support::refusal;

struct Case {
  int64_t heads = 0;
  int64_t kv_heads = 0;
  int tp = 1;
  bool biases = false;
  bool tied = false;
};

DecoderSpec spec_of(const Case& c) {
  nlohmann::json config = llama_config();
  config["num_attention_heads"] = c.heads;
  config["num_key_value_heads"] = c.kv_heads;
  config["attention_bias"] = c.biases;
  config["mlp_bias"] = c.biases;
  config["tie_word_embeddings"] = c.tied;
  return describe(ConfigReader::parse(config.dump(), "config.json"));
}

// How often each row (dim 0) and column (dim 1) of each tensor is taken, over all ranks.
struct Taken {
  std::vector<int> rows{};
  std::vector<int> columns{};
};

void count(std::vector<int>& counts, Range range) {
  for (int64_t i = range.begin; i < range.end; ++i) ++counts.at(static_cast<size_t>(i));
}

std::map<std::string, Taken> count_all(const DecoderSpec& spec, int tp) {
  std::map<std::string, Taken> taken;
  for (const ExpectedTensor& tensor : expected_tensors(spec)) {
    taken[tensor.name].rows.resize(static_cast<size_t>(tensor.shape[0]));
    if (tensor.shape.size() == 2)
      taken[tensor.name].columns.resize(static_cast<size_t>(tensor.shape[1]));
  }
  for (int rank = 0; rank < tp; ++rank) {
    for (const ParamPlan& param : make_shard_plan(spec, rank, tp).params) {
      for (const Slice& slice : param.parts) {
        Taken& tensor = taken.at(slice.tensor);  // Fails for a tensor that no file has.
        count(slice.dim == 0 ? tensor.rows : tensor.columns, slice.range);
      }
    }
  }
  return taken;
}

bool has(const std::string& name, const std::string& part) {
  return name.find(part) != std::string::npos;
}

// What the table of architectures.md 7 says about a Llama's tensor.
std::vector<int> expected_rows(const DecoderSpec& spec, const std::string& name, size_t rows,
                               int tp) {
  if (has(name, "o_proj.weight") || has(name, "down_proj.weight")) return std::vector<int>(rows, 0);
  if (has(name, "norm") || has(name, "o_proj.bias") || has(name, "down_proj.bias"))
    return std::vector<int>(rows, tp);
  std::vector<int> expected(rows, 1);
  if (!has(name, "k_proj") && !has(name, "v_proj")) return expected;
  if (spec.kv_heads >= tp) return expected;
  for (size_t row = 0; row < rows; ++row) {
    const int64_t head = static_cast<int64_t>(row) / spec.head_dim;
    expected[row] = 0;
    for (int rank = 0; rank < tp; ++rank)
      expected[row] += rank * spec.kv_heads / tp == head ? 1 : 0;
  }
  return expected;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (int tp = 1; tp <= 8; ++tp) {
    for (const int64_t kv_heads : {1, 3, 4, 12}) {
      for (const bool flag : {false, true}) all.push_back({12, kv_heads, tp, flag, !flag});
    }
  }
  return all;
}

TEST(ShardPlan, TheRanksTogetherTakeEveryTensorExactlyOnce) {
  for (const Case& c : cases()) {
    const DecoderSpec spec = spec_of(c);
    SCOPED_TRACE("tp " + std::to_string(c.tp) + ", kv heads " + std::to_string(c.kv_heads));
    for (const auto& [name, taken] : count_all(spec, c.tp)) {
      EXPECT_EQ(taken.rows, expected_rows(spec, name, taken.rows.size(), c.tp)) << name;
      const bool by_columns = has(name, "o_proj.weight") || has(name, "down_proj.weight");
      EXPECT_EQ(taken.columns, std::vector<int>(taken.columns.size(), by_columns ? 1 : 0)) << name;
    }
  }
}

TEST(ShardPlan, ShapesAreTheSumsOfTheirParts) {
  for (const Case& c : cases()) {
    const DecoderSpec spec = spec_of(c);
    for (int rank = 0; rank < c.tp; ++rank) {
      uint64_t elements = 0;
      const ShardPlan plan = make_shard_plan(spec, rank, c.tp);
      for (const ParamPlan& param : plan.params) {
        int64_t taken = 0;
        for (const Slice& slice : param.parts) taken += slice.range.size();
        EXPECT_EQ(taken, param.shape.at(static_cast<size_t>(param.parts[0].dim))) << param.name;
        elements += param_elements(param);
      }
      EXPECT_EQ(param_elements(plan), elements);
    }
  }
}

TEST(ShardPlan, QueriesKeysAndValuesArePackedInThatOrderAndNeverMix) {
  const ShardPlan plan = make_shard_plan(spec_of({12, 3, 2, true, false}), 1, 2);
  for (const ParamPlan& param : plan.params) {
    if (!has(param.name, "qkv")) continue;
    ASSERT_EQ(param.parts.size(), 3U);
    EXPECT_TRUE(has(param.parts[0].tensor, "q_proj"));
    EXPECT_TRUE(has(param.parts[1].tensor, "k_proj"));
    EXPECT_TRUE(has(param.parts[2].tensor, "v_proj"));
    EXPECT_EQ(param.parts[0].range, (Range{40, 120}));
    EXPECT_EQ(param.parts[1].range, (Range{10, 30}));
    EXPECT_EQ(param.parts[1].range, param.parts[2].range);
  }
}

TEST(ShardPlan, OneRankHoldsEveryParameterOnce) {
  for (const bool tied : {false, true}) {
    const DecoderSpec spec = spec_of({12, 3, 1, true, tied});
    EXPECT_EQ(param_elements(make_shard_plan(spec, 0, 1)),
              static_cast<uint64_t>(parameter_count(spec)));
  }
}

std::vector<std::string> names_of(const ShardPlan& plan) {
  std::vector<std::string> names;
  for (const ParamPlan& param : plan.params) names.push_back(param.name);
  return names;
}

TEST(ShardPlan, ParametersHaveTheEnginesNames) {
  DecoderSpec spec = spec_of({12, 3, 2, true, false});
  spec.layers = 1;
  EXPECT_THAT(
      names_of(make_shard_plan(spec, 0, 2)),
      testing::ElementsAre("embed", "layers.0.norm1", "layers.0.norm2", "layers.0.qkv",
                           "layers.0.qkv_bias", "layers.0.attn_out", "layers.0.attn_out_bias",
                           "layers.0.gate_up", "layers.0.gate_up_bias", "layers.0.down",
                           "layers.0.down_bias", "final_norm", "lm_head"));
}

TEST(ShardPlan, ATiedModelHasNoHeadOfItsOwn) {
  EXPECT_THAT(names_of(make_shard_plan(spec_of({12, 3, 2, false, true}), 0, 2)),
              testing::Not(testing::Contains("lm_head")));
}

TEST(ShardPlan, ADegreeBeyondTheHeadsIsRefused) {
  EXPECT_EQ(refusal([] {
              (void)make_shard_plan(spec_of({2, 1, 3, false, false}), 0, 3);
            }),
            "a model of 2 attention heads cannot be split over 3 ranks");
}

}  // namespace
}  // namespace verdict
