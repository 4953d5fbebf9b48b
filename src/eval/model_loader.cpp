#include "verdict/eval/model_loader.h"

#include <chrono>
#include <memory>
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

// What is known of a model before its weights are read.
struct Opened {
  Checkpoint checkpoint;
  DecoderSpec spec;
  ShardPlan plan;
  ReadPlan reads;
};

std::unique_ptr<const Opened> open_model(const SessionOptions& options, int rank, int ranks) {
  Checkpoint checkpoint = Checkpoint::open(options.folder, options.model_root);
  if (!options.stamps.empty() && model_stamps(checkpoint) != options.stamps) {
    throw ModelError(options.folder.string() + " has changed since it was hashed");
  }
  const DecoderSpec spec = describe(checkpoint);
  check_tensors(spec, checkpoint);
  ShardPlan plan = make_shard_plan(spec, rank, ranks);
  ReadPlan reads(checkpoint, make_shard_plan(spec, 0, 1));
  return std::make_unique<const Opened>(std::move(checkpoint), spec, std::move(plan),
                                        std::move(reads));
}

// On the same terms with the other ranks of the node. Throws the ModelError of any of them.
std::unique_ptr<const Opened> open_together(const SessionOptions& options, int rank, int ranks,
                                            BlockRing& ring, const std::atomic<bool>* cancelled) {
  std::unique_ptr<const Opened> opened;
  std::optional<std::string> problem;
  try {
    opened = open_model(options, rank, ranks);
  } catch (const ModelError& e) {
    problem = e.what();
  }
  const uint64_t fingerprint = opened ? opened->reads.fingerprint() : 0;
  const auto stop = [&] { return cancelled != nullptr && *cancelled; };
  if (!ring.begin(fingerprint, problem, stop)) throw LoadCancelled();
  return opened;
}

void read_into(LoadedModel& model, const SessionOptions& options, LoadSpace& space, int rank,
               int ranks, const std::atomic<bool>* cancelled) {
  const auto opened = open_together(options, rank, ranks, space.ring(), cancelled);
  model.spec = opened->spec;
  model.plan = opened->plan;
  model.head_chunk_rows = options.device.is_cuda()
                              ? gpu_head_chunk_rows(model.spec, ranks, kMaxGpuLogitsBytes)
                              : head_chunk_rows(model.spec, ranks, kMaxLogitsBytes);
  LoadedWeights loaded = load_weights(opened->checkpoint, model.spec, model.plan, opened->reads,
                                      space.ring(), space.arenas(),
                                      {.dtype = body_type(options.numerics.dtype),
                                       .device = options.device,
                                       .tokens = options.numerics.micro_batch * options.length,
                                       .head_rows = model.head_chunk_rows,
                                       .stream = {.readers = space.readers(),
                                                  .bytes_per_second = options.read_bytes_per_s,
                                                  .sums = &options.sums,
                                                  .cancelled = cancelled}});
  model.weights = std::move(loaded.weights);
  model.read = loaded.counts;
}

}  // namespace

LoadedModel read_model(const SessionOptions& options, int rank, int ranks,
                       const std::atomic<bool>* cancelled) {
  const auto start = std::chrono::steady_clock::now();
  LoadedModel model;
  std::optional<LoadSpace> own;
  if (options.space == nullptr) own.emplace(options.device);
  try {
    read_into(model, options, own ? *own : *options.space, rank, ranks, cancelled);
  } catch (const ContentError& e) {
    model = {.problem = e.what(), .is_other_content = true};
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
