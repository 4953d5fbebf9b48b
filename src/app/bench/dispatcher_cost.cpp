#include "app/bench/dispatcher_cost.h"

#include <ATen/ATen.h>
#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <thread>

#include "app/bench/metrics.h"
#include "verdict/comm/communicator.h"
#include "verdict/comm/dispatcher.h"
#include "verdict/core/log.h"

namespace verdict {
namespace {

constexpr int64_t kElements = 4096;  // One position of a model of this width, in float32.
constexpr int kCallsPerRound = 200;
constexpr std::chrono::seconds kPatience{300};
constexpr std::chrono::milliseconds kIdleTime{1000};

// Of the whole process, MPI's own threads included.
double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Of one core, while `wait` runs.
double cpu_share_of(const std::function<void()>& wait) {
  const double before = cpu_seconds();
  const double wall = seconds_of(wait);
  return (cpu_seconds() - before) / wall;
}

// Answers every question after `delay` with "nothing left". Null on the other ranks.
std::unique_ptr<Dispatcher> dispatcher_on_rank_zero(const MpiComm& channel, int groups,
                                                    std::chrono::milliseconds delay) {
  if (channel.rank() != 0) return nullptr;
  return std::make_unique<Dispatcher>(
      channel, groups,
      DispatchPolicy{.next = [delay](const WorkRequest&) -> std::optional<int64_t> {
        std::this_thread::sleep_for(delay);
        return std::nullopt;
      }});
}

double microseconds_per_call(const Communicator& communicator) {
  at::Tensor values = at::ones({kElements});
  return 1e6 / kCallsPerRound * seconds_of([&] {
           for (int i = 0; i < kCallsPerRound; ++i) {
             values.fill_(1.0);
             communicator.all_reduce(values, ReduceOp::sum, {});
           }
         });
}

void bench_all_reduce(const MpiComm& world, int rounds) {
  const auto working = make_mpi_communicator(world.duplicate(), "of the bench", kPatience);
  const MpiComm channel = world.duplicate();
  std::vector<double> without;
  std::vector<double> with;
  std::vector<double> ratios;
  static_cast<void>(microseconds_per_call(*working));  // Warms up.
  for (int round = 0; round < rounds; ++round) {
    world.barrier();
    without.push_back(microseconds_per_call(*working));
    auto dispatcher = dispatcher_on_rank_zero(channel, 1, std::chrono::milliseconds(0));
    world.barrier();
    with.push_back(microseconds_per_call(*working));
    ratios.push_back(with.back() / without.back());
    if (!dispatcher) continue;
    const DispatchClient client(channel);
    client.ask({});
    static_cast<void>(client.receive());
    dispatcher->join();
  }
  if (world.rank() != 0) return;
  const Json context{{"n", rounds},
                     {"calls_per_round", kCallsPerRound},
                     {"ranks", world.size()},
                     {"bytes", kElements * 4}};
  print_metric("all_reduce_microseconds", summarize(without), "us", context);
  print_metric("all_reduce_with_dispatcher_microseconds", summarize(with), "us", context);
  print_metric("dispatcher_ratio", summarize(ratios), "1", context);
}

// Of every rank, in rank order.
std::vector<double> shares_of_all(const MpiComm& world, double mine) {
  std::vector<double> all;
  for (const std::string& text : world.all_gather(Json(mine).dump()))
    all.push_back(parse_json(text).get<double>());
  return all;
}

struct IdleShares {
  double leader = 0;
  double rank = 0;
  double dispatcher = 0;
};

IdleShares measure_idle_shares(const MpiComm& world) {
  const MpiComm channel = world.duplicate();
  // Every leader but rank 0's asks; the first answer takes its time, the others wait behind it.
  auto dispatcher = dispatcher_on_rank_zero(channel, world.size() - 1, kIdleTime);
  double leader = 0;
  if (world.rank() != 0) {
    const DispatchClient client(channel);
    leader = cpu_share_of([&] {
      client.ask({.group = world.rank()});
      static_cast<void>(client.receive());
    });
  }
  if (dispatcher) dispatcher->join();
  dispatcher = dispatcher_on_rank_zero(channel, 1, std::chrono::milliseconds(0));
  const double mine = cpu_share_of([&] {
    if (world.rank() == 0) std::this_thread::sleep_for(kIdleTime);
    world.barrier_patiently();
  });
  if (dispatcher) {
    DispatchClient(channel).ask({});
    static_cast<void>(DispatchClient(channel).receive());
    dispatcher->join();
  }
  const auto leaders = shares_of_all(world, leader);
  const auto ranks = shares_of_all(world, mine);
  return {.leader = *std::max_element(leaders.begin() + 1, leaders.end()),
          .rank = *std::max_element(ranks.begin() + 1, ranks.end()),
          .dispatcher = ranks.front()};
}

void bench_idle(const MpiComm& world, int rounds) {
  std::vector<double> leader;
  std::vector<double> rank;
  std::vector<double> dispatcher;
  for (int round = 0; round < rounds; ++round) {
    const IdleShares shares = measure_idle_shares(world);
    leader.push_back(shares.leader);
    rank.push_back(shares.rank);
    dispatcher.push_back(shares.dispatcher);
  }
  if (world.rank() != 0) return;
  const Json context{{"n", rounds}, {"ranks", world.size()}};
  print_metric("idle_leader_cpu_share", summarize(leader), "core", context);
  print_metric("idle_rank_cpu_share", summarize(rank), "core", context);
  print_metric("dispatcher_cpu_share", summarize(dispatcher), "core", context);
}

}  // namespace

void bench_dispatcher(const MpiComm& world, int rounds) {
  if (world.size() == 1) {
    log_info("one rank: what the dispatcher costs is measured under mpirun -n 2 or more");
    return;
  }
  bench_all_reduce(world, rounds);
  bench_idle(world, rounds);
}

}  // namespace verdict
