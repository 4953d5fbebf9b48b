#include "app/bench/measure_rates.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>

#include "app/bench/metrics.h"
#include "verdict/checkpoint/architectures.h"
#include "verdict/checkpoint/checkpoint.h"
#include "verdict/checkpoint/tensor_check.h"

namespace verdict {
namespace {

constexpr int64_t kSmall = 2048;              // Elements; one position of a model.
constexpr int64_t kLarge = int64_t{1} << 22;  // A few hundred positions.
constexpr std::chrono::seconds kPatience{60};

double seconds_per_sum(const Communicator& tensors, at::Device device, int64_t elements,
                       int calls) {
  at::Tensor values = at::zeros({elements}, at::TensorOptions(device).dtype(at::kFloat));
  const auto call = [&] {
    for (int i = 0; i < calls; ++i) tensors.all_reduce(values, ReduceOp::sum, {});
    tensors.wait(deadline_in(kPatience));
  };
  call();  // Warms up.
  return seconds_of(call) / calls;
}

}  // namespace

void measure_sums(const Communicator& tensors, at::Device device, int rounds,
                  Calibration& calibration) {
  calibration.ranks = tensors.size();
  if (tensors.size() == 1) return;
  std::vector<double> small;
  std::vector<double> rate;
  const double share = 2.0 * (tensors.size() - 1) / tensors.size();
  for (int round = 0; round < rounds; ++round) {
    small.push_back(seconds_per_sum(tensors, device, kSmall, 50));
    const double large = seconds_per_sum(tensors, device, kLarge, 5);
    const auto bytes = static_cast<double>((kLarge - kSmall) * int64_t{sizeof(float)});
    // A machine so busy that the large sum was the faster one tells nothing: the sum's own time.
    rate.push_back(share * bytes / std::max(large - small.back(), large / 10));
  }
  calibration.rates.all_reduce_seconds = summarize(small).median;
  calibration.rates.all_reduce_bytes = summarize(rate).median;
  if (tensors.rank() != 0) return;
  for (double& seconds : small) seconds *= 1e6;
  const Json context{{"n", rounds}, {"ranks", tensors.size()}};
  print_metric("sum_microseconds", summarize(small), "us", context);
  print_metric("sum_bytes_per_second", summarize(rate), "B/s", context);
}

void measure_model(const std::filesystem::path& folder, int64_t length, double tokens_per_second,
                   double load_seconds, Calibration& calibration) {
  const Checkpoint checkpoint = Checkpoint::open(folder, {});
  const DecoderSpec spec = describe(checkpoint);
  ModelShape shape{
      .layers = spec.layers, .heads = spec.heads, .head_dim = spec.head_dim, .length = length};
  for (const ModelFile& file : checkpoint.files()) shape.bytes += file.stamp.size;
  shape.parameters = parameter_count(spec) - (spec.tied_head ? 0 : spec.vocab * spec.hidden);
  calibration.rates.flop = flop_per_token(shape) * tokens_per_second;
  calibration.rates.load_bytes = static_cast<double>(shape.bytes) / std::max(load_seconds, 1e-9);
}

}  // namespace verdict
