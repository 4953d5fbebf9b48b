// What the describe functions refuse or decide beyond the goldens.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint/fixtures.h"
#include "verdict/checkpoint/architectures.h"
#include "verdict/checkpoint/tensor_check.h"

namespace verdict {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing_support::read_file;
using testing_support::refusal;

json golden_config(const std::string& golden, const json& changes = json::object()) {
  json config = json::parse(
      read_file(std::filesystem::path(VERDICT_TEST_DIR) / "goldens" / golden / "config.json"));
  config.update(changes);
  return config;
}
DecoderSpec spec_of(const json& config) {
  return describe(ConfigReader::parse(config.dump(), "config.json"));
}
std::string refusal_of(const std::string& golden, const json& changes) {
  return refusal([&] { (void)spec_of(golden_config(golden, changes)); });
}

TEST(Gemma, HiddenActNeverCountsAndHiddenActivationDoes) {
  EXPECT_EQ(spec_of(golden_config("gemma/one_kv_head", {{"hidden_act", "gelu"}})).act,
            Act::gelu_tanh);
  EXPECT_EQ(spec_of(golden_config("gemma/one_kv_head", {{"hidden_activation", "gelu"}})).act,
            Act::gelu_erf);
  EXPECT_THAT(refusal_of("gemma/one_kv_head", {{"hidden_act", "relu6"}}), HasSubstr("'relu6'"));
}

TEST(Gemma2, ASoftCapOfNullIsOffAndAnAbsentOneIsTheClassDefault) {
  json config = golden_config("gemma2/caps_and_windows");
  EXPECT_EQ(spec_of(config).attn_softcap, 2);
  config["attn_logit_softcapping"] = nullptr;
  config.erase("final_logit_softcapping");
  EXPECT_EQ(spec_of(config).attn_softcap, 0);
  EXPECT_EQ(spec_of(config).logit_softcap, 30);
}

TEST(Phi3, OtherScalingsThanLongropeAreRefusedByName) {
  EXPECT_THAT(refusal_of("phi3/fused", {{"rope_scaling", {{"type", "linear"}, {"factor", 2}}},
                                        {"rope_parameters", nullptr}}),
              HasSubstr("rope_type of Phi-3"));
  EXPECT_THAT(refusal_of("llama/old_config", {{"rope_scaling", {{"type", "longrope"}}}}),
              HasSubstr("'longrope' is not supported"));
}

TEST(Phi3, BothFormsOfLongropeAreEqual) {
  json config = golden_config("phi3/longrope_long");
  const DecoderSpec newer = spec_of(config);
  json scaling = config["rope_parameters"];
  for (const char* key : {"rope_theta", "partial_rotary_factor", "rope_type"}) scaling.erase(key);
  scaling["type"] = "longrope";
  config.erase("rope_parameters");
  config.update({{"rope_scaling", scaling}, {"rope_theta", 100}});
  EXPECT_EQ(spec_of(config).rope, newer.rope);
  EXPECT_EQ(newer.rope.original, 24);
  config.erase("original_max_position_embeddings");
  config["rope_scaling"].erase("original_max_position_embeddings");
  EXPECT_EQ(spec_of(config).rope.original, 4096);
}

TEST(Phi3, ListsOfFactorsMustHaveANumberForEachPair) {
  const auto refused = [](const std::string& key, const json& value) {
    json scaling = golden_config("phi3/old_config_longrope_short")["rope_scaling"];
    scaling[key] = value;
    return refusal_of("phi3/old_config_longrope_short", {{"rope_scaling", scaling}});
  };
  EXPECT_EQ(refused("short_factor", {1, 2}), "accepted");
  EXPECT_EQ(refused("short_factor", {1, 2, 3}),
            "config.json: rope_scaling.short_factor must have 2 numbers, one for each pair of "
            "rotated dimensions, found 3");
  EXPECT_THAT(refused("long_factor", json::array()),
              HasSubstr("rope_scaling.long_factor must have 2 numbers"));
  EXPECT_THAT(refused("long_factor", {1, 0}),
              HasSubstr("rope_scaling.long_factor must be a list of numbers from 0.001"));
  EXPECT_THAT(refused("long_factor", {1, "2"}), HasSubstr("rope_scaling.long_factor"));
  EXPECT_THAT(refused("long_factor", 2), HasSubstr("rope_scaling.long_factor"));
  EXPECT_THAT(refused("long_factor", nullptr), HasSubstr("rope_scaling.long_factor is missing"));
}

TEST(Falcon, CombinationsThatTransformersCannotRunAreRefused) {
  EXPECT_THAT(refusal_of("falcon/new_decoder", {{"parallel_attn", false}}),
              HasSubstr("parallel_attn must be true"));
  EXPECT_THAT(refusal_of("falcon/multi_query", {{"num_ln_in_parallel_attn", 2}}),
              HasSubstr("num_ln_in_parallel_attn = 2 needs"));
  EXPECT_THAT(refusal_of("falcon/alibi", {{"num_kv_heads", 2}}), HasSubstr("num_kv_heads"));
  EXPECT_EQ(refusal_of("falcon/multi_query", {{"num_kv_heads", 2}}), "accepted");
}

TEST(GptJ, ANullRotaryDimRotatesWholeHeads) {
  EXPECT_EQ(spec_of(golden_config("gptj/base", {{"rotary_dim", nullptr}})).rotary_dim, 8);
  json config = golden_config("gptj/base");
  config.erase("rotary_dim");
  EXPECT_THAT(refusal([&] { (void)spec_of(config); }), HasSubstr("rotates 64 dimensions"));
}

TEST(Gpt2, OtherScalesOfTheScoresAreRefusedByName) {
  EXPECT_THAT(refusal_of("gpt2/base", {{"scale_attn_weights", false}}),
              HasSubstr("scale_attn_weights = false"));
  EXPECT_THAT(refusal_of("gpt2/base", {{"scale_attn_by_inverse_layer_idx", true}}),
              HasSubstr("scale_attn_by_inverse_layer_idx = true"));
}

TEST(Bart, KeysOfOtherBlocksAreRefused) {
  EXPECT_EQ(refusal_of("bart/decoder", {{"normalize_before", false}}), "accepted");
  EXPECT_THAT(refusal_of("bart/decoder", {{"normalize_before", true}}),
              HasSubstr("normalize_before"));
  EXPECT_THAT(refusal_of("bart/decoder", {{"is_encoder_decoder", true}}),
              HasSubstr("is_encoder_decoder"));
}

// The files decide how names are spelled, once for all of them.
TEST(Spelling, FollowsTheFiles) {
  const auto embedding = [](const std::string& golden) {
    return describe(Checkpoint::open(std::filesystem::path(VERDICT_TEST_DIR) / "goldens" / golden))
        .names.embed;
  };
  EXPECT_EQ(embedding("gpt2/base"), "transformer.wte");
  EXPECT_EQ(embedding("gpt2/no_prefix"), "wte");
  EXPECT_EQ(embedding("gpt_neox/head_as_lm_head"), "gpt_neox.embed_in");
}

TEST(Spelling, AnotherHeadOfTheSameModelIsUnexpected) {
  const auto folder = std::filesystem::path(VERDICT_TEST_DIR) / "goldens/gpt_neox/head_as_lm_head";
  const Checkpoint checkpoint = Checkpoint::open(folder);
  EXPECT_EQ(describe(checkpoint).names.lm_head, "lm_head");
  const DecoderSpec first = describe(checkpoint.config());
  EXPECT_THAT(
      refusal([&] { check_tensors(first, checkpoint); }),
      HasSubstr("missing tensors: 'embed_out.weight'; unexpected tensors: 'lm_head.weight'"));
}

}  // namespace
}  // namespace verdict
