// Published files as they are: none may be refused for a key that does not matter.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "checkpoint/fixtures.h"
#include "verdict/checkpoint/architectures.h"
#include "verdict/checkpoint/tensor_check.h"

namespace verdict {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing_support::read_file;
using testing_support::refusal;

json hub_config(const std::string& name, const json& changes = json::object()) {
  json config = json::parse(read_file(std::filesystem::path(VERDICT_TEST_DIR) /
                                      "checkpoint/hub_configs" / (name + ".json")));
  config.update(changes);
  return config;
}
DecoderSpec spec_of(const json& config) {
  return describe(ConfigReader::parse(config.dump(), "config.json"));
}
std::string refusal_of(const json& config) {
  return refusal([&] { (void)spec_of(config); });
}

// Parameters as transformers 5.17.0 counts them, made from the same files on its meta device.
const std::map<std::string, int64_t> kParameters = {
    {"bart-large-decoder", 254'084'096},
    {"falcon-40b", 41'303'293'952},
    {"falcon-7b", 6'921'720'704},
    {"falcon-rw-1b", 1'311'625'216},
    {"gemma-2-9b", 9'241'705'984},
    {"gemma-7b", 8'537'680'896},
    {"gpt-j-6b", 6'050'882'784},
    {"gpt2", 124'439'808},
    {"gpt2-medium", 354'823'168},
    {"llama-3.1-8b", 8'030'261'248},
    {"mistral-7b-v0.1", 7'241'732'096},
    {"olmo-2-1124-7b", 7'298'617'344},
    {"phi-2", 2'779'683'840},
    {"phi-3-mini-4k-instruct", 3'821'079'552},
    {"pythia-6.9b-deduped", 6'857'302'016},
    {"qwen2.5-14b", 14'770'033'664},
    {"qwen2.5-7b", 7'615'616'512},
    {"qwen3-14b", 14'768'307'200},
    {"smollm2-135m", 134'515'008},
};

TEST(HubConfig, APublishedFileIsAcceptedAndItsParametersAreThoseOfTransformers) {
  for (const auto& [name, parameters] : kParameters) {
    json config = hub_config(name);
    config.erase("auto_map");
    ASSERT_EQ(refusal_of(config), "accepted") << name;
    EXPECT_EQ(parameter_count(spec_of(config)), parameters) << name;
  }
}

TEST(HubConfig, ThereIsOneOfEveryArchitecture) {
  std::vector<std::string> left = implemented_architectures();
  for (const auto& [name, parameters] : kParameters) {
    std::erase(left, hub_config(name)["architectures"][0].get<std::string>());
  }
  EXPECT_THAT(left, testing::IsEmpty());
}

TEST(HubConfig, CodeOfTheirOwnIsTheOnlyThingThatSomeAreRefusedFor) {
  for (const auto* name : {"falcon-7b", "falcon-40b", "falcon-rw-1b", "phi-3-mini-4k-instruct"}) {
    EXPECT_THAT(refusal_of(hub_config(name)),
                testing::StartsWith("config.json: not supported: auto_map = {"));
  }
}

TEST(HubConfig, ASecondWidthOfTheWindowMustBeTheFirst) {
  EXPECT_EQ(spec_of(hub_config("gemma-2-9b")).window.width, 4096);
  EXPECT_THAT(refusal_of(hub_config("gemma-2-9b", {{"sliding_window_size", 2048}})),
              HasSubstr("sliding_window_size = 2048 contradicts sliding_window = 4096"));
  EXPECT_THAT(refusal_of(hub_config("gemma-2-9b", {{"sliding_window", nullptr}})),
              HasSubstr("sliding_window_size = 4096 contradicts sliding_window, which is null"));
  EXPECT_THAT(refusal_of(hub_config("mistral-7b-v0.1", {{"sliding_window_size", 4096}})),
              HasSubstr("not supported: sliding_window_size = 4096"));
}

TEST(HubConfig, ARotationOfAnotherKindIsRefusedByName) {
  EXPECT_THAT(refusal_of(hub_config("qwen2.5-7b", {{"use_mrope", true}})),
              HasSubstr("use_mrope = true"));
  EXPECT_THAT(refusal_of(hub_config("smollm2-135m", {{"rope_interleaved", true}})),
              HasSubstr("rope_interleaved = true"));
}

}  // namespace
}  // namespace verdict
