// Losses against transformers on the same weights and rows, at the TP degree that this test was
// started with.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "eval/world_group.h"
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
};

Expected read_expected(const std::string& golden) {
  const Json json = parse_json(read_text(goldens() / golden / "expected.json"));
  return {.tokens = json["tokens"].get<std::vector<std::vector<uint32_t>>>(),
          .nll_mean = json["nll_mean"].get<std::vector<double>>()};
}

// Largest difference of a row's mean nll from what transformers says. Collective.
double largest_error(const std::filesystem::path& folder, const Expected& expected,
                     int64_t micro_batch) {
  const Group group = world_group();
  ModelSession session =
      ModelSession::load({.folder = folder,
                          .numerics = {.tp = group.size(), .micro_batch = micro_batch},
                          .length = static_cast<int64_t>(expected.tokens[0].size())},
                         group);
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

std::vector<std::string> all_goldens() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(goldens())) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, LossesAreThoseOfTransformers) {
  EXPECT_LT(largest_error(goldens() / GetParam(), read_expected(GetParam()), 1), kTolerance);
}

TEST_P(Golden, SoTheyAreWithSeveralRowsAtATime) {
  EXPECT_LT(largest_error(goldens() / GetParam(), read_expected(GetParam()), 2), kTolerance);
}

TEST_P(Golden, OneWeightMovedByOnePercentIsSeen) {
  const ChangedGolden changed(
      GetParam(), "model.norm.weight", 3, [](DType dtype, std::byte* bytes) {
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
  EXPECT_GT(largest_error(changed.folder(), read_expected(GetParam()), 1), kTolerance);
}

INSTANTIATE_TEST_SUITE_P(Llama, Golden, testing::ValuesIn(all_goldens()),
                         [](const testing::TestParamInfo<std::string>& i) { return i.param; });

TEST(Goldens, ThereAreAtLeastEight) { EXPECT_GE(all_goldens().size(), 8U); }

}  // namespace
}  // namespace verdict
