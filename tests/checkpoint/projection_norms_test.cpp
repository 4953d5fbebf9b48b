#include "verdict/checkpoint/projection_norms.h"

#include <gtest/gtest.h>

#include <cmath>

#include "checkpoint/fixtures.h"
#include "verdict/checkpoint/architectures.h"

namespace verdict {
namespace {

using testing_support::llama_config;
using testing_support::TemporaryFolder;

constexpr std::array kProjections{"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                                  "self_attn.o_proj", "mlp.up_proj",      "mlp.down_proj"};

// Of a whole tensor of float32, read plainly.
double plain_norm(const Checkpoint& checkpoint, const std::string& name) {
  const TensorInfo* tensor = checkpoint.find(name);
  std::vector<float> values(tensor->bytes() / 4);
  checkpoint.read(*tensor, 0, std::as_writable_bytes(std::span(values)));
  double sum = 0.0;
  for (const float x : values) sum += double{x} * double{x};
  return std::sqrt(sum);
}

std::vector<std::array<double, 6>> norms_of(DType dtype) {
  const TemporaryFolder folder;
  write_synthetic_model(llama_config().dump(),
                        {.out = folder.path() / "m", .seed = 7, .dtype = dtype});
  const Checkpoint checkpoint = Checkpoint::open(folder.path() / "m");
  return projection_norms(checkpoint, describe(checkpoint.config()));
}

TEST(ProjectionNorms, AreThoseOfTheTensorsOfEachLayer) {
  const TemporaryFolder folder;
  testing_support::write_llama(folder.path() / "m");
  const Checkpoint checkpoint = Checkpoint::open(folder.path() / "m");
  const auto norms = projection_norms(checkpoint, describe(checkpoint.config()));
  ASSERT_EQ(norms.size(), 2U);
  for (size_t layer = 0; layer < norms.size(); ++layer) {
    for (size_t p = 0; p < kProjections.size(); ++p) {
      const std::string name =
          "model.layers." + std::to_string(layer) + "." + kProjections[p] + ".weight";
      EXPECT_NEAR(norms[layer][p], plain_norm(checkpoint, name), 1e-9) << name;
    }
  }
}

TEST(ProjectionNorms, AreNearlyTheSameInSixteenBits) {
  const auto single = norms_of(DType::f32);
  for (const DType dtype : {DType::bf16, DType::f16}) {
    const auto norms = norms_of(dtype);
    for (size_t layer = 0; layer < norms.size(); ++layer) {
      for (size_t p = 0; p < kProjections.size(); ++p)
        EXPECT_NEAR(norms[layer][p] / single[layer][p], 1.0, 1e-3);
    }
  }
}

}  // namespace
}  // namespace verdict
