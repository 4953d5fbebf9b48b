// Llama's relatives: what each reads that Llama does not, and what it must not know.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint/fixtures.h"
#include "verdict/checkpoint/architectures.h"

namespace verdict {
namespace {

using testing::HasSubstr;
using testing_support::llama_config;
using testing_support::refusal;

// The small Llama under another name, with other keys.
nlohmann::json relative(const std::string& architecture, const std::string& model_type,
                        const nlohmann::json& changes = nlohmann::json::object()) {
  nlohmann::json config = llama_config();
  config["architectures"] = {architecture};
  config["model_type"] = model_type;
  config.update(changes);
  return config;
}

DecoderSpec spec_of(const nlohmann::json& config) {
  return describe(ConfigReader::parse(config.dump(), "config.json"));
}
std::string refusal_of(const nlohmann::json& config) {
  return refusal([&] { (void)spec_of(config); });
}

TEST(Mistral, TheWindowIsOnEveryLayerAndNullMeansNone) {
  const auto window = [](const nlohmann::json& changes) {
    return spec_of(relative("MistralForCausalLM", "mistral", changes)).window;
  };
  EXPECT_EQ(window({{"sliding_window", 7}}), (Window{.width = 7}));
  EXPECT_EQ(window(nlohmann::json::object()), (Window{.width = 4096}));
  EXPECT_EQ(window({{"sliding_window", nullptr}}), Window{});
  EXPECT_EQ(window_of(window({{"sliding_window", 7}}), 1), 7);
}

TEST(Mistral, DefaultsAreThoseOfItsClass) {
  nlohmann::json config =
      relative("MistralForCausalLM", "mistral", {{"num_attention_heads", 16}, {"head_dim", 4}});
  for (const auto* key : {"num_key_value_heads", "rms_norm_eps", "max_position_embeddings"}) {
    config.erase(key);
  }
  const DecoderSpec s = spec_of(config);
  EXPECT_EQ(s.kv_heads, 8);
  EXPECT_EQ(s.norm_eps, 1e-6);
  EXPECT_EQ(s.max_pos, 131'072);
  EXPECT_FALSE(s.tied_head || s.qkv_bias || s.out_bias || s.mlp_bias);
  config["num_key_value_heads"] = nullptr;
  EXPECT_EQ(spec_of(config).kv_heads, 16);
}

TEST(Mistral, HasNoBiasesToAskFor) {
  EXPECT_THAT(refusal_of(relative("MistralForCausalLM", "mistral", {{"attention_bias", false}})),
              HasSubstr("not supported: attention_bias"));
}

TEST(Qwen2, HasABiasOnQueriesKeysAndValuesOnly) {
  const DecoderSpec s = spec_of(relative("Qwen2ForCausalLM", "qwen2"));
  EXPECT_TRUE(s.qkv_bias);
  EXPECT_FALSE(s.out_bias || s.mlp_bias || s.head_bias);
  EXPECT_EQ(s.window, Window{});
}

TEST(Qwen2, TheWindowCountsOnlyIfItsFlagIsOnAndFromALayerOn) {
  const nlohmann::json keys{
      {"sliding_window", 9}, {"max_window_layers", 1}, {"use_sliding_window", true}};
  const DecoderSpec s = spec_of(relative("Qwen2ForCausalLM", "qwen2", keys));
  EXPECT_EQ(s.window, (Window{.width = 9, .first_layer = 1}));
  EXPECT_EQ(window_of(s.window, 0), 0);
  EXPECT_EQ(window_of(s.window, 1), 9);
  nlohmann::json off = keys;
  off["use_sliding_window"] = false;
  EXPECT_EQ(spec_of(relative("Qwen2ForCausalLM", "qwen2", off)).window, Window{});
}

TEST(Qwen2, LayerTypesMustSayTheSame) {
  nlohmann::json keys{
      {"sliding_window", 9}, {"max_window_layers", 1}, {"use_sliding_window", true}};
  keys["layer_types"] = {"full_attention", "sliding_attention"};
  EXPECT_EQ(refusal_of(relative("Qwen2ForCausalLM", "qwen2", keys)), "accepted");
  keys["layer_types"] = {"sliding_attention", "sliding_attention"};
  EXPECT_THAT(refusal_of(relative("Qwen2ForCausalLM", "qwen2", keys)), HasSubstr("layer_types"));
}

TEST(Window, EveryNthLayerFromTheFirstOn) {
  const Window window{.width = 5, .first_layer = 1, .every = 2};
  EXPECT_EQ(window_of(window, 0), 0);
  EXPECT_EQ(window_of(window, 1), 5);
  EXPECT_EQ(window_of(window, 2), 0);
  EXPECT_EQ(window_of(window, 3), 5);
}

}  // namespace
}  // namespace verdict
