#include "verdict/checkpoint/tensor_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "checkpoint/fixtures.h"
#include "verdict/checkpoint/architectures.h"

namespace verdict {
namespace {

using testing::HasSubstr;
using testing_support::llama_config;
using testing_support::read_file;
using testing_support::refusal;
using testing_support::safetensors_file;
using testing_support::TemporaryFolder;
using testing_support::write_file;
using testing_support::write_llama;

struct Stored {
  std::string dtype{};
  std::vector<int64_t> shape{};
  std::string bytes{};
};
using Tensors = std::map<std::string, Stored>;

Tensors load(const std::filesystem::path& file) {
  const std::string bytes = read_file(file);
  Tensors tensors;
  for (const auto& [name, t] :
       parse_safetensors_header(std::as_bytes(std::span(bytes)), bytes.size(), "f")) {
    tensors[name] = {std::string(name_of(t.dtype)), t.shape, bytes.substr(t.begin, t.bytes())};
  }
  return tensors;
}

void store(const std::filesystem::path& file, const Tensors& tensors) {
  nlohmann::json header;
  std::string data;
  for (const auto& [name, t] : tensors) {
    header[name] = {{"dtype", t.dtype},
                    {"shape", t.shape},
                    {"data_offsets", {data.size(), data.size() + t.bytes.size()}}};
    data += t.bytes;
  }
  write_file(file, safetensors_file(header.dump(), data));
}

// What is said about a synthetic Llama whose tensors were changed.
std::string refusal_after(const std::function<void(Tensors&)>& change, bool tied = false) {
  const TemporaryFolder folder;
  nlohmann::json config = llama_config();
  config["tie_word_embeddings"] = tied;
  write_llama(folder.path(), config);
  Tensors tensors = load(folder.path() / "model.safetensors");
  change(tensors);
  store(folder.path() / "model.safetensors", tensors);
  const Checkpoint checkpoint = Checkpoint::open(folder.path());
  return refusal([&] { check_tensors(describe(checkpoint.config()), checkpoint); });
}

const std::string kEmbed = "model.embed_tokens.weight";
const std::string kHead = "lm_head.weight";
const std::string kQ = "model.layers.1.self_attn.q_proj.weight";

TEST(TensorCheck, AModelThatHasWhatItsConfigSaysIsAccepted) {
  EXPECT_EQ(refusal_after([](Tensors&) {}), "accepted");
}

TEST(TensorCheck, AllMissingAndAllUnexpectedTensorsAreListed) {
  const std::string message = refusal_after([](Tensors& t) {
    t.erase("model.norm.weight");
    t.erase(kQ);
    t["extra"] = {"F32", {1}, "0123"};
    t["model.layers.2.self_attn.q_proj.weight"] = {"F32", {1}, "0123"};
  });
  EXPECT_EQ(message,
            "missing tensors: '" + kQ +
                "', 'model.norm.weight'; unexpected tensors: 'extra' in model.safetensors, "
                "'model.layers.2.self_attn.q_proj.weight' in model.safetensors");
}

TEST(TensorCheck, AWrongShapeIsNamedWithBothShapesAndTheFile) {
  EXPECT_EQ(refusal_after([](Tensors& t) {
              t[kQ].shape = {24, 40};
            }),
            "model.safetensors: '" + kQ + "' is [24, 40], config.json says [40, 24]");
}

TEST(TensorCheck, OnlyFloatingPointWeightsOfTwoOrFourBytesAreAccepted) {
  EXPECT_EQ(refusal_after([](Tensors& t) { t["model.norm.weight"].dtype = "I32"; }),
            "model.safetensors: 'model.norm.weight' is I32, accepted are F32, F16 and BF16");
  EXPECT_THAT(refusal_after([](Tensors& t) {
                t[kQ] = {"F8_E4M3", {40, 24}, std::string(960, '\0')};
              }),
              HasSubstr("is F8_E4M3"));
}

TEST(TensorCheck, PartsThatArePackedTogetherHaveOneDtype) {
  EXPECT_EQ(refusal_after([](Tensors& t) {
              t[kQ] = {"BF16", {40, 24}, std::string(1920, '\0')};
            }),
            "'" + kQ +
                "' is BF16 and 'model.layers.1.self_attn.k_proj.weight' is F32: they must have one "
                "dtype");
  EXPECT_EQ(refusal_after([](Tensors& t) {
              t["model.norm.weight"] = {"BF16", {24}, std::string(48, '\0')};
            }),
            "accepted");
}

TEST(TensorCheck, KnownBuffersAreIgnoredByTheirExactNames) {
  EXPECT_EQ(refusal_after([](Tensors& t) {
              t["model.layers.0.self_attn.rotary_emb.inv_freq"] = {"F32", {1}, "0123"};
            }),
            "accepted");
  EXPECT_THAT(refusal_after([](Tensors& t) {
                t["model.layers.9.self_attn.rotary_emb.inv_freq"] = {"F32", {1}, "0123"};
              }),
              HasSubstr("unexpected tensors: 'model.layers.9."));
  EXPECT_THAT(refusal_after([](Tensors& t) {
                t["x.rotary_emb.inv_freq"] = {"F32", {1}, "0123"};
              }),
              HasSubstr("unexpected"));
}

TEST(TiedHead, AbsentOrEqualIsAccepted) {
  EXPECT_EQ(refusal_after([](Tensors& t) { EXPECT_FALSE(t.contains(kHead)); }, true), "accepted");
  EXPECT_EQ(refusal_after([](Tensors& t) { t[kHead] = t[kEmbed]; }, true), "accepted");
}

TEST(TiedHead, AnotherHeadThanTheEmbeddingIsRefused) {
  const std::string expected =
      "unexpected tensors: 'lm_head.weight' in model.safetensors (it differs from the embedding "
      "that "
      "config.json ties it to)";
  EXPECT_EQ(refusal_after([](Tensors& t) { (t[kHead] = t[kEmbed]).bytes.back() ^= 1; }, true),
            expected);
  EXPECT_EQ(refusal_after([](Tensors& t) { t[kHead] = {"F32", {1}, "0123"}; }, true), expected);
}

TEST(TiedHead, AnUntiedModelMustHaveAHead) {
  EXPECT_EQ(refusal_after([](Tensors& t) { t.erase(kHead); }), "missing tensors: 'lm_head.weight'");
}

TEST(ParameterCount, ATiedHeadCountsOnce) {
  nlohmann::json config = llama_config();
  const auto count = [&] {
    return parameter_count(describe(ConfigReader::parse(config.dump(), "c")));
  };
  // Embedding and head 101·24 each; per layer q and o 40·24, k and v 20·24, three of 37·24, two
  // norms of 24; a norm.
  const int64_t layers = 2 * (2 * 960 + 2 * 480 + 3 * 888 + 48) + 24;
  EXPECT_EQ(count(), 2 * 2424 + layers);
  config["tie_word_embeddings"] = true;
  EXPECT_EQ(count(), 2424 + layers);
}

}  // namespace
}  // namespace verdict
