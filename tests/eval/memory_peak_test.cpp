// The prediction of memory against what the kernel counts, with a model large enough that weights
// and activations are what matters.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cmath>
#include <fstream>

#include "eval/shared_model.h"
#include "eval/world_group.h"
#include "verdict/checkpoint/architectures.h"
#include "verdict/checkpoint/memory.h"
#include "verdict/eval/session.h"

namespace verdict {
namespace {

constexpr int64_t kLength = 4096;
constexpr double kWithin = 0.10;

// 36 million parameters, and in float32 more activations than weights: either must be right.
constexpr const char* kConfig = R"({
  "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 4000,
  "hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 2,
  "num_attention_heads": 16, "num_key_value_heads": 4, "max_position_embeddings": 4096,
  "rms_norm_eps": 1e-5, "hidden_act": "silu", "rope_theta": 10000.0, "tie_word_embeddings": false})";

// The most that was ever resident, in bytes, since the last restart.
uint64_t peak_resident() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
  }
  return 0;
}
void restart_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

uint64_t predicted(const std::filesystem::path& folder, int tp, int64_t bytes_per_element) {
  const DecoderSpec spec = describe(Checkpoint::open(folder));
  return memory_need(spec, tp, kLength, bytes_per_element,
                     head_chunk_rows(spec, tp, kMaxLogitsBytes))
      .total();
}

uint64_t measured(const std::filesystem::path& folder, const Group& group, const std::string& dtype,
                  LoadSpace& space) {
  malloc_trim(0);  // The place of the model before.
  restart_peak();
  ModelSession session = ModelSession::load({.folder = folder,
                                             .numerics = {.dtype = dtype, .tp = group.size()},
                                             .length = kLength,
                                             .space = &space},
                                            group);
  const auto row = [](int64_t) { return std::vector<uint32_t>(kLength, 5); };
  static_cast<void>(session.score({0, 1}, row));
  return peak_resident();
}

TEST(MemoryPeak, IsThePredictionWithinATenth) {
  set_up_compute({});
  const Group group = world_group();
  LoadSpace space(group, at::kCPU);
  const SharedModel model(kConfig, DType::bf16);
  for (const auto& [dtype, bytes] : {std::pair{"bfloat16", 2}, std::pair{"float32", 4}}) {
    const auto expected = static_cast<double>(predicted(model.folder(), group.size(), bytes));
    const auto found = static_cast<double>(measured(model.folder(), group, dtype, space));
    const double ratio = expected / found;
    std::printf("%s, TP %d, rank %d: predicted %.0f MB, measured %.0f MB, ratio %.3f\n", dtype,
                group.size(), group.rank(), expected / 1e6, found / 1e6, ratio);
    EXPECT_NEAR(ratio, 1, kWithin) << dtype;
  }
}

}  // namespace
}  // namespace verdict
