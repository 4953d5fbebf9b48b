// How a model comes to a rank. Nothing here calls MPI or NCCL, so that any thread may do it while
// the main thread computes with the model before.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include "verdict/checkpoint/checkpoint.h"
#include "verdict/checkpoint/decoder_spec.h"
#include "verdict/checkpoint/shard_plan.h"
#include "verdict/eval/load_space.h"
#include "verdict/eval/numerics.h"
#include "verdict/model/weights.h"

namespace verdict {

struct SessionOptions {
  std::filesystem::path folder{};
  std::filesystem::path
      model_root{};      // Symbolic links may point below it; empty: below the folder.
  std::string stamps{};  // model_stamps() when the model was hashed; empty: not compared.
  BlockSums sums{};      // Of then, too; of files that it does not name nothing is compared.
  Numerics numerics{};
  at::Device device = at::kCPU;  // Of this rank; of the kind that the numerics say.
  int64_t length = 0;            // Tokens per row.
  double read_bytes_per_s = 0;   // Weights are read no faster; 0: as fast as it goes.
  LoadSpace* space = nullptr;    // What the load goes through; null: one of its own.
};

struct LoadedModel {
  // Why the model is bad; then nothing below but the time is set.
  std::optional<std::string> problem{};
  bool is_other_content = false;  // The problem: the bytes read are not those that were hashed.
  DecoderSpec spec{};
  ShardPlan plan{};
  DecoderWeights weights{};
  StreamCounts read{};  // By this rank.
  int64_t head_chunk_rows = 1;
  double load_seconds = 0;
};

// The slices of rank `rank` of a group of `ranks`. All ranks that share a LoadSpace load the same
// models in the same order. What is wrong with the model stands in `problem`; throws SystemError if
// the files cannot be read, LoadCancelled once `cancelled` is set.
[[nodiscard]] LoadedModel read_model(const SessionOptions& options, int rank, int ranks,
                                     const std::atomic<bool>* cancelled = nullptr);

// Reads one model on a thread of its own.
class ModelLoader {
 public:
  ModelLoader(SessionOptions options, int rank, int ranks);
  ~ModelLoader();  // Cancels what is not done, and waits for it.
  ModelLoader(const ModelLoader&) = delete;
  ModelLoader& operator=(const ModelLoader&) = delete;
  // Waits for the end, once. Throws as read_model.
  [[nodiscard]] LoadedModel take();

 private:
  std::atomic<bool> cancelled_{false};
  LoadedModel loaded_{};
  std::exception_ptr failure_{};
  std::thread thread_{};
};

}  // namespace verdict
