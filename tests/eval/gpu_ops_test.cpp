// Every operation of the decoder on a GPU beside the same on CPU.
#include <gtest/gtest.h>

#include <cmath>

#include "eval/golden_place.h"
#include "eval/world_group.h"
#include "verdict/comm/cuda_device.h"
#include "verdict/model/attention.h"
#include "verdict/model/norm.h"
#include "verdict/model/token_nll.h"

namespace verdict {
namespace {

constexpr double kFloatError = 1e-5;
constexpr double kBfloatError = 0x1p-6;  // Several roundings of 2^-9 that need not fall alike.

at::Tensor on_gpu(const at::Tensor& t) {
  return t.defined() ? t.to(golden_place().device) : at::Tensor();
}

void expect_near(const at::Tensor& gpu, const at::Tensor& cpu, double relative) {
  EXPECT_TRUE(gpu.is_cuda());
  const at::Tensor wide = cpu.to(at::kDouble);
  const at::Tensor off = (gpu.to(at::kCPU).to(at::kDouble) - wide).abs();
  EXPECT_TRUE(off.le(wide.abs() * relative + relative).all().item<bool>())
      << "off by " << off.max().item<double>();
}

double error_of(at::ScalarType dtype) { return dtype == at::kFloat ? kFloatError : kBfloatError; }

class GpuOps : public testing::Test {
 protected:
  void SetUp() override {
    if (!golden_place().missing.empty()) GTEST_SKIP() << golden_place().missing;
    at::manual_seed(13);
  }
};

// Rows of one element, odd, of whole packs, and longer than a block; also no row at all.
TEST_F(GpuOps, NormsAndAdditions) {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    for (const int64_t width : {1, 7, 72, 5120, 10001}) {
      for (const Norm kind : {Norm::rms, Norm::rms_wide, Norm::rms_plus_one, Norm::layer}) {
        for (const int64_t rows : {0, 3}) {
          const auto random = [&](at::IntArrayRef shape) { return at::randn(shape).to(dtype); };
          at::Tensor x = random({rows, width});
          const at::Tensor branch = random({rows, width});
          const ops::NormWeights w{.weight = random({width}), .bias = random({width})};
          at::Tensor there = on_gpu(x);
          const at::Tensor out =
              ops::add_norm(there, on_gpu(branch),
                            {.weight = on_gpu(w.weight), .bias = on_gpu(w.bias)}, kind, 1e-5);
          expect_near(out, ops::add_norm(x, branch, w, kind, 1e-5), error_of(dtype));
          EXPECT_TRUE(at::equal(there.to(at::kCPU), x)) << "a sum is rounded once";
        }
      }
    }
  }
}

TEST_F(GpuOps, RotationsAndActivations) {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    for (const int64_t half : {1, 3, 8, 64}) {
      const at::Tensor heads = at::randn({2, 5, 3, 2 * half + 2}).to(dtype);
      const at::Tensor angle = at::randn({5, half});
      const at::Tensor cos = angle.cos().to(dtype);
      const at::Tensor sin = angle.sin().to(dtype);
      for (const auto rotate : {ops::rotate_halves, ops::rotate_pairs}) {
        const at::Tensor here = heads.clone();
        const at::Tensor there = on_gpu(heads);
        rotate(here, cos, sin);
        rotate(there, on_gpu(cos), on_gpu(sin));
        expect_near(there, here, error_of(dtype));
      }
    }
    for (const Act act : {Act::silu, Act::gelu_tanh, Act::gelu_erf}) {
      const at::Tensor in = (at::randn({5, 2 * 1031}) * 3).to(dtype);
      expect_near(ops::activate_gate(on_gpu(in), act), ops::activate_gate(in, act),
                  error_of(dtype));
      expect_near(ops::activate(on_gpu(in), act), ops::activate(in, act), error_of(dtype));
    }
  }
}

// A whole row, a row with a window, and the last positions of a longer one: in bfloat16 the flash
// kernel, in float32 the general path.
TEST_F(GpuOps, AttentionWithWindowsAndEarlierPositions) {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    for (const int64_t queries : {150, 7, 1}) {
      for (const int64_t window : {0, 1, 64, 149, 4096}) {
        const at::Tensor packed = at::randn({2, 150, 4 + 2 * 2, 16}).to(dtype);
        const auto part = [&](const at::Tensor& t, int64_t begin, int64_t heads) {
          return t.narrow(2, begin, heads);
        };
        const at::Tensor there = on_gpu(packed);
        const ops::AttentionRule rule{.scale = 0.3, .window = window};
        const auto run = [&](const at::Tensor& t) {
          return ops::attention(part(t, 0, 4).narrow(1, 150 - queries, queries), part(t, 4, 2),
                                part(t, 6, 2), rule);
        };
        expect_near(run(there), run(packed), error_of(dtype));
      }
    }
  }
}

// Vocabularies of one id, odd and of real tokenizers; rows of a view; a soft-cap.
TEST_F(GpuOps, TheLossOfATokenInFloat32) {
  const auto alone =
      make_mpi_communicator(*world_communicator().split(world_communicator().rank(), 0), "alone",
                            std::chrono::seconds(60));
  for (const int64_t vocab : {1, 1009, 50257, 152064}) {
    for (const double softcap : {0.0, 30.0}) {
      at::Tensor logits = at::randn({9, vocab}) * 5;
      const at::Tensor ids = at::randint(vocab, {9}, at::kLong);
      at::Tensor there = on_gpu(logits);
      const at::Tensor found = token_nll(there, on_gpu(ids), {0, vocab}, *alone, softcap);
      EXPECT_TRUE(found.equal(token_nll(there, on_gpu(ids), {0, vocab}, *alone, softcap)));
      expect_near(found, token_nll(logits, ids, {0, vocab}, *alone, softcap), kFloatError);
    }
  }
}

// More than 2^31 logits in one chunk, so that an index of 32 bits would read elsewhere.
TEST_F(GpuOps, AChunkOfMoreElementsThanAnIndexOf32BitsHolds) {
  constexpr int64_t kVocab = 152'064;
  constexpr int64_t kRows = (int64_t{1} << 31) / kVocab + 2;
  const auto alone =
      make_mpi_communicator(*world_communicator().split(world_communicator().rank(), 0), "alone",
                            std::chrono::seconds(60));
  if (cuda_facts(0).gpus[0].free_bytes < uint64_t{12} << 30) GTEST_SKIP() << "needs 12 GiB";
  at::Tensor logits = at::zeros({kRows, kVocab}, at::TensorOptions(golden_place().device));
  logits[kRows - 1][kVocab - 1] = 20;
  const at::Tensor ids = at::full({kRows}, kVocab - 1, logits.options().dtype(at::kLong));
  const at::Tensor nll = token_nll(logits, ids, {0, kVocab}, *alone, 0);
  EXPECT_NEAR(nll[0].item<double>(), std::log(kVocab), 1e-5);
  EXPECT_NEAR(nll[kRows - 1].item<double>(), std::log(kVocab - 1 + std::exp(20.0)) - 20, 1e-5);
}

}  // namespace
}  // namespace verdict
