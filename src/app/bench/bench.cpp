#include "app/bench/bench.h"

#include <sys/resource.h>

#include <cmath>
#include <iostream>
#include <optional>

#include "app/bench/arithmetic.h"
#include "app/bench/dispatcher_cost.h"
#include "app/bench/measure_rates.h"
#include "app/bench/metrics.h"
#include "app/bench/transformers_peer.h"
#include "app/run/provenance.h"
#include "app/run/run_device.h"
#include "verdict/comm/group.h"
#include "verdict/core/file.h"
#include "verdict/core/json.h"
#include "verdict/core/python_random.h"
#include "verdict/eval/session.h"

namespace verdict {
namespace {

constexpr std::chrono::seconds kPatience{300};

void print_counter(const std::string& name, int64_t value, const std::string& unit,
                   const std::string& note) {
  std::cout << Json({{"metric", name}, {"value", value}, {"unit", unit}, {"note", note}}).dump()
            << std::endl;
}

int64_t peak_resident_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

std::vector<uint32_t> random_row(int64_t vocab, int64_t length) {
  PythonRandom random = PythonRandom::from_decimal("20240101");
  std::vector<uint32_t> row;
  for (int64_t i = 0; i < length; ++i)
    row.push_back(static_cast<uint32_t>(random.below(static_cast<uint64_t>(vocab))));
  return row;
}

Group alone(const MpiComm& solo) {
  return {.index = 0, .control = solo, .tensors = make_solo_communicator()};
}

std::filesystem::path peer_script() {
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  for (auto folder = self.parent_path(); folder != folder.root_path();
       folder = folder.parent_path()) {
    const auto script = folder / "launch" / "bench_transformers.py";
    if (std::filesystem::exists(script)) return script;
  }
  throw SystemError(ExitCode::usage,
                    "launch/bench_transformers.py is not found beside or above " + self.string());
}

Numerics numerics_of(const BenchOptions& options, const RunDevice& device) {
  const MachineDefaults machine = device.defaults();
  return {.dtype = options.dtype == "auto" ? machine.dtype : options.dtype,
          .threads = options.threads,
          .gpu = machine.gpu_name,
          .collectives = machine.collectives};
}

// By one rank, whatever the others do.
void bench_forward(const BenchOptions& options, const RunDevice& device, const MpiComm& solo,
                   Calibration& calibration) {
  const Numerics numerics = numerics_of(options, device);
  const Group group = alone(solo);
  ModelSession session = ModelSession::load({.folder = options.model,
                                             .numerics = numerics,
                                             .device = device.device(),
                                             .length = options.length},
                                            group);
  const std::vector<uint32_t> row = random_row(session.vocabulary(), options.length);
  double nll = 0;
  const auto ours = [&] { nll = session.score({0, 1}, [&](int64_t) { return row; }).front().nll; };
  std::optional<TransformersPeer> peer;
  if (!options.python.empty()) {
    peer.emplace(TransformersPeer::Options{.python = options.python,
                                           .script = peer_script(),
                                           .model = options.model,
                                           .threads = options.threads,
                                           .device = device.gpu ? "cuda" : "cpu"});
  }
  ours();  // Warms up.
  double peer_nll = peer ? peer->score(row).nll : std::nan("");
  std::vector<double> rates;
  std::vector<double> peer_rates;
  std::vector<double> ratios;
  const auto tokens = static_cast<double>(options.length);
  for (int round = 0; round < options.rounds; ++round) {
    rates.push_back(tokens / seconds_of(ours));
    if (!peer) continue;
    peer_rates.push_back(tokens / peer->score(row).seconds);
    ratios.push_back(rates.back() / peer_rates.back());
  }
  const Json context{{"n", options.rounds},
                     {"threads", options.threads},
                     {"length", options.length},
                     {"numerics", parse_json(numerics_text(numerics))}};
  print_metric("forward_tokens_per_second", summarize(rates), "1/s", context);
  calibration.dtype = numerics.dtype;
  measure_model(options.model, options.length, summarize(rates).median, session.load_seconds(),
                calibration);
  const MachineRates& found = calibration.rates;
  print_metric("forward_flop_per_second", {found.flop, found.flop, found.flop}, "1/s", context);
  print_metric("load_bytes_per_second", {found.load_bytes, found.load_bytes, found.load_bytes},
               "B/s", context);
  if (peer) {
    Json with_peer = context;
    with_peer["transformers"] = peer->version();
    with_peer["mean_nll_difference_nat"] = (nll - peer_nll) / (tokens - 1);
    print_metric("transformers_tokens_per_second", summarize(peer_rates), "1/s", with_peer);
    print_metric("forward_ratio_to_transformers", summarize(ratios), "1", with_peer);
  }
  print_counter("logits_workspace_peak", session.workspace().peak_logits_bytes, "B",
                device.gpu ? "exact; at most 512 MiB" : "exact; at most 64 MiB");
  print_counter("resident_peak", peak_resident_bytes(), "B", "of this process");
}

}  // namespace

ExitCode run_bench(const BenchOptions& options) {
  if (!options.calibration.empty() && options.model.empty())
    throw SystemError(ExitCode::usage, "--calibration needs --model: a model's passes are timed");
  const MpiComm world = world_communicator();
  RunDevice device =
      share_device({.device = options.device, .share_gpu = options.share_gpu}, world);
  open_run_device(device);
  set_up_compute({.threads = options.threads});
  bench_dispatcher(world, options.rounds);
  Calibration calibration{.device = device.gpu ? "cuda" : "cpu",
                          .name = device.gpu ? device.name : processor_name()};
  if (!options.calibration.empty()) {
    const std::vector<int> together(static_cast<size_t>(world.size()), 0);
    const auto all = join_group(world, together, kPatience, device.path());
    measure_sums(*all->tensors, device.device(), options.rounds, calibration);
  }
  const auto solo = world.split(world.rank() == 0 ? 0 : -1, 0);
  if (!options.model.empty() && solo) bench_forward(options, device, *solo, calibration);
  if (!options.calibration.empty() && solo)
    write_atomically(options.calibration, calibration_json(calibration).dump(2) + "\n");
  if (options.model.empty() && world.size() == 1) bench_arithmetic(options.rounds);
  world.barrier_patiently();  // The other ranks leave the cores to the one that computes.
  return ExitCode::ok;
}

}  // namespace verdict
