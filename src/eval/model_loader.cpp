#include "verdict/eval/model_loader.h"

#include <chrono>
#include <utility>

#include "verdict/checkpoint/architectures.h"
#include "verdict/checkpoint/memory.h"
#include "verdict/checkpoint/tensor_check.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

at::ScalarType body_type(const std::string& dtype) {
  if (dtype == "float32") return at::kFloat;
  if (dtype == "bfloat16") return at::kBFloat16;
  throw SystemError(ExitCode::usage, "dtype must be float32 or bfloat16, found '" + dtype + "'");
}

void read_into(LoadedModel& model, const SessionOptions& options, int rank, int ranks,
               const std::atomic<bool>* cancelled) {
  Checkpoint checkpoint = Checkpoint::open(options.folder, options.model_root);
  if (!options.stamps.empty() && model_stamps(checkpoint) != options.stamps) {
    throw ModelError(options.folder.string() + " has changed since it was hashed");
  }
  checkpoint.limit_reads(options.read_bytes_per_s);
  model.spec = describe(checkpoint);
  check_tensors(model.spec, checkpoint);
  model.plan = make_shard_plan(model.spec, rank, ranks);
  model.head_chunk_rows = options.device.is_cuda()
                              ? gpu_head_chunk_rows(model.spec, ranks, kMaxGpuLogitsBytes)
                              : head_chunk_rows(model.spec, ranks, kMaxLogitsBytes);
  model.weights = load_weights(checkpoint, model.spec, model.plan,
                               {.dtype = body_type(options.numerics.dtype),
                                .device = options.device,
                                .tokens = options.numerics.micro_batch * options.length,
                                .head_rows = model.head_chunk_rows,
                                .cancelled = cancelled});
}

}  // namespace

LoadedModel read_model(const SessionOptions& options, int rank, int ranks,
                       const std::atomic<bool>* cancelled) {
  const auto start = std::chrono::steady_clock::now();
  LoadedModel model;
  try {
    read_into(model, options, rank, ranks, cancelled);
  } catch (const ModelError& e) {
    model = {.problem = e.what()};
  }
  model.load_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return model;
}

ModelLoader::ModelLoader(SessionOptions options, int rank, int ranks)
    : thread_([this, options = std::move(options), rank, ranks] {
        try {
          loaded_ = read_model(options, rank, ranks, &cancelled_);
        } catch (...) {
          failure_ = std::current_exception();
        }
      }) {}

ModelLoader::~ModelLoader() {
  cancelled_ = true;
  if (thread_.joinable()) thread_.join();
}

LoadedModel ModelLoader::take() {
  thread_.join();
  if (failure_) std::rethrow_exception(failure_);
  return std::move(loaded_);
}

}  // namespace verdict
