#include "verdict/comm/dispatcher.h"

#include <gtest/gtest.h>

#include <memory>

#include "verdict/core/error.h"

namespace verdict {
namespace {

// Hands out 0 … units−1 in order; remembers what it heard.
struct InOrder {
  int64_t next = 0;
  int64_t units = 0;
  std::vector<int64_t> started{}, finished{};
  int64_t failures = 0;
  int64_t rows = 0;
  double load_seconds = 0, wait_seconds = 0;
};

DispatchPolicy policy_of(InOrder& order) {
  return {.next = [&order](const WorkRequest&) -> std::optional<int64_t> {
            if (order.next == order.units) return std::nullopt;
            return order.next++;
          },
          .started = [&order](int, int64_t unit) { order.started.push_back(unit); },
          .done =
              [&order](const UnitReport& report) {
                order.finished.push_back(report.unit);
                if (report.end == UnitEnd::failed) ++order.failures;
                order.load_seconds += report.load_seconds;
                order.wait_seconds += report.wait_seconds;
              },
          .progress = [&order](int64_t, int64_t rows) { order.rows += rows; }};
}

TEST(Dispatcher, EveryUnitIsHandedOutOnceAndHeardOfOnce) {
  const MpiComm world = world_communicator();
  InOrder order{.units = 23};
  std::unique_ptr<Dispatcher> dispatcher;
  const MpiComm channel = world.duplicate();
  if (world.rank() == 0)
    dispatcher = std::make_unique<Dispatcher>(channel, world.size(), policy_of(order));
  const DispatchClient client(channel);
  std::vector<int64_t> counts(23, 0);
  client.ask({.group = world.rank()});
  auto unit = client.receive();
  while (unit) {
    client.ask({.group = world.rank(), .ahead = true});
    client.report_start(world.rank(), *unit);
    ++counts[static_cast<size_t>(*unit)];
    client.report_rows(*unit, 2);
    client.report({.group = world.rank(),
                   .unit = *unit,
                   .end = *unit == 5 ? UnitEnd::failed : UnitEnd::finished,
                   .load_seconds = 0.5,
                   .wait_seconds = 0.25});
    unit = client.receive();
    if (unit) continue;
    client.ask({.group = world.rank()});
    unit = client.receive();
  }
  world.all_reduce_sum(std::span<int64_t>(counts));
  EXPECT_EQ(counts, std::vector<int64_t>(23, 1));
  if (dispatcher) {
    dispatcher->join();
    EXPECT_EQ(order.started.size(), 23U);
    EXPECT_EQ(order.finished.size(), 23U);
    EXPECT_EQ(order.load_seconds, 11.5);
    EXPECT_EQ(order.wait_seconds, 5.75);
    EXPECT_EQ(order.failures, 1);
    EXPECT_EQ(order.rows, 46);
  }
}

TEST(Dispatcher, AfterAStopNothingMoreIsHandedOut) {
  const MpiComm world = world_communicator();
  InOrder order{.units = 1000};
  std::unique_ptr<Dispatcher> dispatcher;
  const MpiComm channel = world.duplicate();
  if (world.rank() == 0) {
    dispatcher = std::make_unique<Dispatcher>(channel, world.size(), policy_of(order));
  }
  const DispatchClient client(channel);
  client.ask({.group = world.rank(), .stopping = true});
  EXPECT_FALSE(client.receive().has_value());
  EXPECT_EQ(order.next, 0) << "a unit was taken from the plan for nobody";
  if (dispatcher) dispatcher->join();
}

TEST(Dispatcher, WhatItsThreadThrowsReachesTheCaller) {
  const MpiComm world = world_communicator();
  const MpiComm channel = world.duplicate();
  if (world.rank() == 0) {
    Dispatcher dispatcher(channel, 1, {.next = [](const WorkRequest&) -> std::optional<int64_t> {
                            throw SystemError("no more paper");
                          }});
    DispatchClient(channel).ask({});
    EXPECT_THROW(dispatcher.join(), SystemError);
  }
  world.barrier();
}

}  // namespace
}  // namespace verdict
