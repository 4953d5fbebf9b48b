#include "verdict/comm/block_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

namespace verdict {
namespace {

constexpr size_t kSlotBytes = 10'000;
const auto never = [] { return false; };

std::unique_ptr<BlockRing> ring_of(const MpiComm& world, int slots) {
  return BlockRing::share(world, {.slots = slots, .slot_bytes = kSlotBytes});
}

size_t bytes_of(uint64_t block) { return kSlotBytes - block % 7; }
std::byte value_of(uint64_t load, uint64_t block, size_t i) {
  return static_cast<std::byte>(load * 101 + block * 13 + i % 251);
}

// Fills this rank's blocks, on a thread of its own.
class Filler {
 public:
  Filler(BlockRing& ring, uint64_t load, uint64_t blocks, std::optional<uint64_t> bad = {})
      : thread_([=, &ring, this] {
          for (uint64_t block = 0; block < blocks; ++block) {
            if (!ring.is_mine(block)) continue;
            const auto room = ring.room_for(block, [this] { return stopped_.load(); });
            if (room.empty()) return;
            if (block == bad) {
              ring.publish(block, {.kind = BlockFailure::Kind::model,
                                   .text = "block " + std::to_string(block)});
              return;
            }
            for (size_t i = 0; i < bytes_of(block); ++i) room[i] = value_of(load, block, i);
            ring.publish(block, bytes_of(block));
          }
        }) {}
  ~Filler() {
    stopped_ = true;
    thread_.join();
  }
  Filler(const Filler&) = delete;
  Filler& operator=(const Filler&) = delete;

 private:
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

// How many blocks came as they were filled.
uint64_t take_all(BlockRing& ring, uint64_t load, uint64_t blocks) {
  uint64_t right = 0;
  for (uint64_t block = 0; block < blocks; ++block) {
    const auto bytes = ring.wait_for(block, never);
    bool same = bytes.size() == bytes_of(block);
    for (size_t i = 0; i < bytes.size(); ++i) same = same && bytes[i] == value_of(load, block, i);
    right += same ? 1 : 0;
    ring.release(block);
  }
  return right;
}

void expect_a_load_works(BlockRing& ring, uint64_t load) {
  constexpr uint64_t kBlocks = 41;
  ASSERT_TRUE(ring.begin(load, std::nullopt, never));
  const Filler filler(ring, load, kBlocks);
  EXPECT_EQ(take_all(ring, load, kBlocks), kBlocks);
}

std::string model_error(const std::function<void()>& action) {
  try {
    action();
  } catch (const ModelError& e) {
    return e.what();
  }
  return "none";
}

TEST(BlockRing, EveryRankGetsEveryBlockOfOneLoadAfterTheOther) {
  const MpiComm world = world_communicator();
  for (const int slots : {2, 3, 8}) {
    const auto ring = ring_of(world, slots);
    EXPECT_EQ(ring->ranks(), world.size());
    EXPECT_EQ(ring->rank(), world.rank());
    for (uint64_t load = 1; load <= 5; ++load) expect_a_load_works(*ring, load);
  }
}

TEST(BlockRing, EachBlockIsFilledByOneRank) {
  const auto ring = ring_of(world_communicator(), 2);
  for (uint64_t block = 0; block < 100; ++block) {
    const int fillers = static_cast<int>(world_communicator().all_reduce_max(ring->is_mine(block)));
    EXPECT_EQ(fillers, 1);
    EXPECT_EQ(ring->is_mine(block), static_cast<int>(block) % ring->ranks() == ring->rank());
  }
}

TEST(BlockRing, WhatGoesWrongInABlockIsFoundThereByAllAndTheNextLoadWorks) {
  constexpr uint64_t kBad = 6;
  const auto ring = ring_of(world_communicator(), 3);
  for (uint64_t load = 1; load <= 6; load += 2) {
    ASSERT_TRUE(ring->begin(7, std::nullopt, never));
    {
      const Filler filler(*ring, load, 20, kBad);
      EXPECT_EQ(take_all(*ring, load, kBad), kBad);
      EXPECT_EQ(model_error([&] { static_cast<void>(ring->wait_for(kBad, never)); }), "block 6");
    }
    expect_a_load_works(*ring, load + 1);
  }
}

TEST(BlockRing, AFailureOfTheSystemKeepsItsCode) {
  const auto ring = ring_of(world_communicator(), 2);
  ASSERT_TRUE(ring->begin(7, std::nullopt, never));
  const std::string text(5000, 'x');  // Longer than there is room for.
  if (ring->is_mine(0)) ring->publish(0, BlockFailure{.code = ExitCode::io, .text = text});
  try {
    static_cast<void>(ring->wait_for(0, never));
    FAIL();
  } catch (const SystemError& e) {
    EXPECT_EQ(e.code(), ExitCode::io);
    EXPECT_EQ(std::string(e.what()), text.substr(0, 1999));
  }
}

TEST(BlockRing, OtherContentIsAFailureOfItsOwn) {
  const auto ring = ring_of(world_communicator(), 2);
  ASSERT_TRUE(ring->begin(7, std::nullopt, never));
  if (ring->is_mine(0)) ring->publish(0, {.kind = BlockFailure::Kind::content, .text = "other"});
  EXPECT_THROW(static_cast<void>(ring->wait_for(0, never)), ContentError);
}

TEST(BlockRing, WhoCannotTakePartIsHeardByAll) {
  const MpiComm world = world_communicator();
  const auto ring = ring_of(world, 2);
  const int last = world.size() - 1;
  for (uint64_t load = 1; load <= 6; load += 2) {
    const auto problem = world.rank() >= last - 1
                             ? std::optional("rank " + std::to_string(world.rank()))
                             : std::nullopt;
    EXPECT_EQ(model_error([&] { static_cast<void>(ring->begin(0, problem, never)); }),
              "rank " + std::to_string(std::max(last - 1, 0)));
    expect_a_load_works(*ring, load + 1);
  }
}

TEST(BlockRing, RanksThatWouldReadDifferentFilesDoNotBegin) {
  const MpiComm world = world_communicator();
  const auto ring = ring_of(world, 2);
  const uint64_t print = world.rank() == 0 ? 1 : 2;
  const std::string said =
      model_error([&] { static_cast<void>(ring->begin(print, std::nullopt, never)); });
  if (world.size() > 1) {
    EXPECT_THAT(said, testing::HasSubstr("not the same for all ranks"));
  } else {
    EXPECT_EQ(said, "none");
  }
}

// Once all are in the load, rank 0 leaves it and begins the next.
TEST(BlockRing, WhoGivesALoadUpIsNoticedByThoseInIt) {
  const MpiComm world = world_communicator();
  const auto ring = ring_of(world, 2);
  ASSERT_TRUE(ring->begin(7, std::nullopt, never));
  if (world.rank() != 0) {
    if (ring->is_mine(0)) ring->publish(0, 1);
    EXPECT_TRUE(ring->wait_for(0, never).empty());  // Rank 0's.
  }
  expect_a_load_works(*ring, 2);
}

TEST(BlockRing, WaitsEndWhenTheyAreStopped) {
  const MpiComm world = world_communicator();
  const auto ring = ring_of(world, 2);
  const auto at_once = [] { return true; };
  if (world.size() > 1 && world.rank() == 0) {
    EXPECT_FALSE(ring->begin(7, std::nullopt, at_once));
  }
  world.barrier();
  if (world.size() > 1 && world.rank() == 0) {
    expect_a_load_works(*ring, 2);  // Its second; the others never came to the first.
    return;
  }
  if (world.size() > 1) static_cast<void>(ring->begin(7, std::nullopt, at_once));
  if (world.size() > 1) {
    expect_a_load_works(*ring, 2);
    return;
  }
  ASSERT_TRUE(ring->begin(7, std::nullopt, never));
  EXPECT_TRUE(ring->wait_for(0, at_once).empty());
  EXPECT_EQ(ring->room_for(0, at_once).size(), kSlotBytes);
  EXPECT_TRUE(ring->room_for(2, at_once).empty());  // Nobody has taken block 0.
}

TEST(BlockRing, OneOfOneRankNeedsNoMpi) {
  BlockRing ring({.slots = 2, .slot_bytes = kSlotBytes});
  EXPECT_EQ(ring.ranks(), 1);
  EXPECT_GE(ring.memory().size(), 2 * kSlotBytes);
  expect_a_load_works(ring, 1);
  expect_a_load_works(ring, 2);
}

}  // namespace
}  // namespace verdict
