// Losses against transformers on the same weights and rows, at the TP degree that this test was
// started with.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <set>

#include "eval/golden_place.h"
#include "eval/world_group.h"
#include "verdict/checkpoint/architectures.h"
#include "verdict/core/file.h"
#include "verdict/core/json.h"

namespace verdict {
namespace {

// The promise of the project. Seen: at most 2.7e-7 at any degree (transformers' own spread between
// instruction sets is up to 4e-7, tests/goldens/README.md); moving one weight by 1 % exceeds it on
// every golden, below.
constexpr double kTolerance = 1e-5;

struct Expected {
  std::vector<std::vector<uint32_t>> tokens{};
  std::vector<double> nll_mean{};
  int64_t prompt_tokens = 0;
  std::vector<std::vector<int64_t>> generated{};
};

Expected read_expected(const std::filesystem::path& golden) {
  const Json json = parse_json(read_text(golden / "expected.json"));
  return {.tokens = json["tokens"].get<std::vector<std::vector<uint32_t>>>(),
          .nll_mean = json["nll_mean"].get<std::vector<double>>(),
          .prompt_tokens = json["prompt_tokens"].get<int64_t>(),
          .generated = json["generated"].get<std::vector<std::vector<int64_t>>>()};
}

// All ranks of the test.
Group golden_group() {
  const MpiComm world = world_communicator();
  const std::vector<int> together(static_cast<size_t>(world.size()), 0);
  return *join_group(world, together, std::chrono::seconds(60), golden_place().path);
}

ModelSession load(const std::filesystem::path& folder, const Expected& expected, const Group& group,
                  int64_t micro_batch, const std::string& dtype = "float32") {
  const Numerics numerics{.dtype = dtype, .tp = group.size(), .micro_batch = micro_batch};
  return ModelSession::load({.folder = folder,
                             .numerics = numerics,
                             .device = golden_place().device,
                             .length = static_cast<int64_t>(expected.tokens[0].size())},
                            group);
}

// Largest difference of a row's mean nll from what transformers says. Collective.
double largest_error(const std::filesystem::path& folder, const Expected& expected,
                     int64_t micro_batch, const std::string& dtype = "float32") {
  const Group group = golden_group();
  ModelSession session = load(folder, expected, group, micro_batch, dtype);
  const std::vector<RowLoss> losses =
      session.score({0, static_cast<int64_t>(expected.tokens.size())},
                    [&](int64_t sample) { return expected.tokens[static_cast<size_t>(sample)]; });
  double largest = 0;
  for (size_t i = 0; i < losses.size(); ++i) {
    const double mean = losses[i].nll / static_cast<double>(losses[i].targets);
    largest = std::max(largest, std::abs(mean - expected.nll_mean[i]));
  }
  return largest;
}

// "family/case", sorted.
std::vector<std::string> all_goldens() {
  std::vector<std::string> names;
  for (const auto& family : std::filesystem::directory_iterator(golden_families())) {
    if (!family.is_directory()) continue;
    for (const auto& golden : std::filesystem::directory_iterator(family)) {
      if (!std::filesystem::exists(golden.path() / "expected.json")) continue;
      names.push_back((family.path().filename() / golden.path().filename()).string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The weight of the norm that comes last: every loss depends on it.
std::string last_norm(const std::filesystem::path& golden) {
  const DecoderSpec spec = describe(Checkpoint::open(golden));
  const Names& names = spec.names;
  return (names.final_norm.empty() ? layer_name(names.norm2, spec.layers - 1) : names.final_norm) +
         ".weight";
}

class Golden : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!golden_place().missing.empty()) GTEST_SKIP() << golden_place().missing;
  }
  [[nodiscard]] static std::filesystem::path folder() { return golden_families() / GetParam(); }
};

TEST_P(Golden, LossesAreThoseOfTransformers) {
  EXPECT_LT(largest_error(folder(), read_expected(folder()), 1), kTolerance);
}

TEST_P(Golden, SoTheyAreWithSeveralRowsAtATime) {
  EXPECT_LT(largest_error(folder(), read_expected(folder()), 2), kTolerance);
}

// No two tokens are so near that rounding decides (make_goldens.py). With several ranks, which are
// slow where they share a core, the first few are enough.
TEST_P(Golden, GreedyDecodingSaysWhatTransformersSays) {
  Expected expected = read_expected(folder());
  const Group group = golden_group();
  ModelSession session = load(folder(), expected, group, 1);
  for (auto& tokens : expected.generated) tokens.resize(group.size() == 1 ? tokens.size() : 6);
  const auto row_of = [&](int64_t prompt) { return expected.tokens[static_cast<size_t>(prompt)]; };
  const auto said = session.say({.prompts = static_cast<int64_t>(expected.generated.size()),
                                 .prompt_tokens = expected.prompt_tokens,
                                 .tokens = static_cast<int64_t>(expected.generated[0].size())},
                                row_of);
  EXPECT_EQ(said.tokens, expected.generated);
}

// Rounding to bf16 is off by at most 2^-9 of a value, by 2^-9/√3 on average. A block rounds about
// 12 times one after the other (two norms, projections, rotation, scores, mlp, additions), the
// weights and the embedding count once more, and independent errors add in quadrature: the last
// norm's output is off by e = 2^-9/√3 · √(12 · layers + 2). Logits of spread s (about 3 nat on the
// goldens, whose losses lie 1 to 2 nat above log V) are then off by s · e, and the loss of a token,
// which is the target's logit less a mean of all, by as much. Errors of the tokens of a row share
// the rounded weights, so no gain is taken from the mean over tokens: six deviations of one token
// are the bound.
TEST_P(Golden, BfloatIsWithinTheRoundingsOfItsLayers) {
  const auto layers = static_cast<double>(describe(Checkpoint::open(folder())).layers);
  const double bound = 6 * 3 * std::exp2(-9) / std::sqrt(3.0) * std::sqrt(12 * layers + 2);
  const double error = largest_error(folder(), read_expected(folder()), 1, "bfloat16");
  EXPECT_LT(error, bound);
  EXPECT_GT(error, 6e-7)
      << "was it computed in float32?";  // Float32 is off by less than half of this.
  RecordProperty("error", std::to_string(error));
}

TEST_P(Golden, OneWeightMovedByOnePercentIsSeen) {
  const ChangedGolden changed(folder(), last_norm(folder()), 3, [](DType dtype, std::byte* bytes) {
    float value = 0;
    if (dtype == DType::f32) {
      std::memcpy(&value, bytes, 4);
      value *= 1.01F;
      std::memcpy(bytes, &value, 4);
    } else {  // bf16: the upper half of a float32.
      uint16_t half = 0;
      std::memcpy(&half, bytes, 2);
      value = std::bit_cast<float>(uint32_t{half} << 16) * 1.01F;
      half = static_cast<uint16_t>((std::bit_cast<uint32_t>(value) + 0x8000U) >> 16);
      std::memcpy(bytes, &half, 2);
    }
  });
  EXPECT_GT(largest_error(changed.folder(), read_expected(folder()), 1), kTolerance);
}

INSTANTIATE_TEST_SUITE_P(All, Golden, testing::ValuesIn(all_goldens()),
                         [](const testing::TestParamInfo<std::string>& golden) {
                           std::string name = golden.param;
                           std::ranges::replace(name, '/', '_');
                           return name;
                         });

// Every architecture of the table has been compared with transformers.
TEST(Goldens, ThereIsOneOfEveryArchitecture) {
  std::set<std::string> seen;
  for (const std::string& name : all_goldens()) {
    seen.insert(Checkpoint::open_config(golden_families() / name).config().architecture());
  }
  const std::vector<std::string> implemented = implemented_architectures();
  EXPECT_EQ(seen, std::set<std::string>(implemented.begin(), implemented.end()));
}

}  // namespace
}  // namespace verdict
