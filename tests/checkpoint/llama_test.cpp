#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint/fixtures.h"
#include "verdict/checkpoint/architectures.h"

namespace verdict {
namespace {

using testing::HasSubstr;
using testing_support::llama_config;
using testing_support::refusal;

DecoderSpec spec_of(const nlohmann::json& config) {
  return describe(ConfigReader::parse(config.dump(), "config.json"));
}
std::string refusal_with(const std::string& key, const nlohmann::json& value) {
  nlohmann::json config = llama_config();
  config[key] = value;
  return refusal([&] { (void)spec_of(config); });
}

TEST(Llama, SizesAndChoicesComeFromItsKeys) {
  const DecoderSpec s = spec_of(llama_config());
  EXPECT_EQ(s.vocab, 101);
  EXPECT_EQ(s.hidden, 24);
  EXPECT_EQ(s.layers, 2);
  EXPECT_EQ(s.heads, 4);
  EXPECT_EQ(s.kv_heads, 2);
  EXPECT_EQ(s.head_dim, 10);
  EXPECT_EQ(s.ffn, 37);
  EXPECT_EQ(s.max_pos, 64);
  EXPECT_EQ(s.norm, Norm::rms);
  EXPECT_EQ(s.norm_eps, 1e-5);
  EXPECT_EQ(s.act, Act::silu);
  EXPECT_EQ(s.pos, Position::rotary_half);
  EXPECT_EQ(s.rotary_dim, 10);
  EXPECT_EQ(s.rope.theta, 10'000);
  EXPECT_FALSE(s.tied_head);
  EXPECT_EQ(layer_name(s.names.q, 1), "model.layers.1.self_attn.q_proj");
}

TEST(Llama, AbsentKeysHaveTheDefaultsOfTheConfigClass) {
  nlohmann::json config = llama_config();
  for (const auto* key : {"num_key_value_heads", "head_dim", "rms_norm_eps", "hidden_act",
                          "rope_theta", "tie_word_embeddings", "max_position_embeddings"}) {
    config.erase(key);
  }
  const DecoderSpec s = spec_of(config);
  EXPECT_EQ(s.kv_heads, 4);
  EXPECT_EQ(s.head_dim, 6);
  EXPECT_EQ(s.norm_eps, 1e-6);
  EXPECT_EQ(s.act, Act::silu);
  EXPECT_EQ(s.rope.theta, 10'000);
  EXPECT_EQ(s.max_pos, 2048);
  EXPECT_FALSE(s.tied_head || s.qkv_bias || s.out_bias || s.mlp_bias);
}

TEST(Llama, SizesWithoutADefaultMustBeThere) {
  for (const std::string key : {"vocab_size", "hidden_size", "num_hidden_layers",
                                "num_attention_heads", "intermediate_size"}) {
    nlohmann::json config = llama_config();
    config.erase(key);
    EXPECT_EQ(refusal([&] { (void)spec_of(config); }), "config.json: " + key + " is missing");
  }
}

TEST(Llama, AConfigWrittenByTransformers5SaysTheSame) {
  // As LlamaConfig(...).to_json_string() of transformers 5.17.0 writes it.
  const auto newer =
      nlohmann::json::parse(R"({"architectures": ["LlamaForCausalLM"], "attention_bias": false,
    "attention_dropout": 0.0, "bos_token_id": 1, "dtype": "bfloat16", "eos_token_id": 2, "head_dim": 10,
    "hidden_act": "silu", "hidden_size": 24, "initializer_range": 0.02, "intermediate_size": 37,
    "max_position_embeddings": 64, "mlp_bias": false, "model_type": "llama", "num_attention_heads": 4,
    "num_hidden_layers": 2, "num_key_value_heads": 2, "pad_token_id": null, "pretraining_tp": 1,
    "rms_norm_eps": 1e-05, "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default"},
    "tie_word_embeddings": false, "transformers_version": "5.17.0", "use_cache": true, "vocab_size": 101})");
  const DecoderSpec a = spec_of(llama_config());
  const DecoderSpec b = spec_of(newer);
  EXPECT_EQ(a.rope, b.rope);
  EXPECT_EQ(a.norm_eps, b.norm_eps);
  EXPECT_EQ(a.head_dim, b.head_dim);
}

TEST(Llama, AttentionBiasCoversTheOutputToo) {
  nlohmann::json config = llama_config();
  config["attention_bias"] = true;
  const DecoderSpec s = spec_of(config);
  EXPECT_TRUE(s.qkv_bias && s.out_bias);
  EXPECT_FALSE(s.mlp_bias);
}

TEST(Llama, NumbersOutOfRangeAreRefused) {
  EXPECT_EQ(refusal_with("num_hidden_layers", 1025),
            "config.json: num_hidden_layers must be an integer from 1 to 1024, found 1025");
  EXPECT_THAT(refusal_with("hidden_size", 65'537),
              HasSubstr("hidden_size must be an integer from 1 to 65536"));
  EXPECT_THAT(refusal_with("vocab_size", 1'048'577), HasSubstr("vocab_size"));
  EXPECT_THAT(refusal_with("num_attention_heads", 0), HasSubstr("num_attention_heads"));
  EXPECT_THAT(refusal_with("intermediate_size", -1), HasSubstr("intermediate_size"));
  EXPECT_THAT(refusal_with("rms_norm_eps", -1e-6), HasSubstr("rms_norm_eps"));
  EXPECT_THAT(refusal_with("rope_theta", "10000"), HasSubstr("rope_theta must be a number"));
}

TEST(Llama, SizesThatDoNotFitTogetherAreRefused) {
  EXPECT_EQ(refusal_with("num_key_value_heads", 3),
            "config.json: num_key_value_heads = 3 does not divide 4 attention heads");
  EXPECT_THAT(refusal_with("head_dim", 7), HasSubstr("an even number"));
  nlohmann::json config = llama_config();
  config.erase("head_dim");
  config["hidden_size"] = 26;
  EXPECT_THAT(refusal([&] { (void)spec_of(config); }), HasSubstr("must divide hidden_size"));
}

TEST(Llama, WhatWouldChangeTheResultIsRefusedByName) {
  EXPECT_EQ(refusal_with("hidden_act", "relu"),
            "config.json: hidden_act = 'relu' is not supported");
  EXPECT_THAT(refusal_with("partial_rotary_factor", 0.5),
              HasSubstr("partial_rotary_factor must be 1"));
  EXPECT_THAT(refusal_with("sliding_window", 4096),
              HasSubstr("not supported: sliding_window = 4096"));
  EXPECT_EQ(refusal_with("sliding_window", nullptr), "accepted");
  EXPECT_THAT(refusal_with("attn_logit_softcapping", 50.0), HasSubstr("attn_logit_softcapping"));
}

TEST(Llama, LayerTypesMustSayWhatTheWindowKeysSay) {
  EXPECT_EQ(refusal_with("layer_types", {"full_attention", "full_attention"}), "accepted");
  EXPECT_THAT(refusal_with("layer_types", {"full_attention", "sliding_attention"}),
              HasSubstr("layer_types says something else"));
  EXPECT_THAT(refusal_with("layer_types", {"full_attention"}), HasSubstr("layer_types"));
}

TEST(Architectures, AnUnknownOneIsRefusedByName) {
  EXPECT_EQ(refusal_with("architectures", {"MambaForCausalLM"}),
            "config.json: architectures = 'MambaForCausalLM' is not implemented; these are: "
            "LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, GemmaForCausalLM, "
            "Gemma2ForCausalLM, PhiForCausalLM, GPTNeoXForCausalLM, FalconForCausalLM, "
            "GPT2LMHeadModel, GPTJForCausalLM, BartForCausalLM, Qwen3ForCausalLM, "
            "Phi3ForCausalLM, Olmo2ForCausalLM");
}

TEST(Architectures, ADisguiseIsRefused) {
  EXPECT_EQ(refusal_with("model_type", "mistral"),
            "config.json: model_type of LlamaForCausalLM must be 'llama', found 'mistral'");
}

}  // namespace
}  // namespace verdict
