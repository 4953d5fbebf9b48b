// A ring of buffers in memory that the ranks of one node share: a block of a file is read into it
// by one rank and copied out of it by all. Nobody calls MPI after it was made, so that threads may
// use it while the main thread communicates.
//
// Block i of a load lies in slot i modulo the slots, and rank i modulo the ranks fills it, once
// every rank has released the block that lay there before. Every rank takes every block, in order.
// What goes wrong while a block is filled stands in its place, so that all ranks find the same
// failure at the same block. All ranks begin the same loads in the same order; one that gives a
// load up is noticed by those still in it when it begins its next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "verdict/comm/mpi_comm.h"
#include "verdict/core/error.h"

namespace verdict {

struct BlockRingSize {
  int slots = 2;          // At least 2.
  size_t slot_bytes = 0;  // At least 1.
};

// Why a block could not be filled.
struct BlockFailure {
  enum class Kind {
    system,
    model,
    content
  };  // A SystemError with `code`, ModelError, ContentError
  Kind kind = Kind::system;
  ExitCode code = ExitCode::io;
  std::string text{};
  [[noreturn]] void raise() const;
};

class BlockRing {
 public:
  // For this rank alone. Throws std::bad_alloc.
  explicit BlockRing(BlockRingSize size);
  // For the ranks of `node`, which must share memory. Collective. Where they cannot see each
  // other's memory (processes of different containers), each gets a ring of its own: ranks() is 1.
  static std::unique_ptr<BlockRing> share(const MpiComm& node, BlockRingSize size);
  ~BlockRing();
  BlockRing(const BlockRing&) = delete;
  BlockRing& operator=(const BlockRing&) = delete;

  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int ranks() const { return ranks_; }
  [[nodiscard]] int slots() const { return size_.slots; }
  [[nodiscard]] std::span<std::byte> memory() const;  // All slots.

  // Asked while waiting; true ends the wait.
  using Stop = std::function<bool()>;

  // Begins this rank's next load. Waits until every rank has. `problem`: why this rank cannot take
  // part; then all throw a ModelError, with the text of the lowest rank that has one; also if the
  // ranks' fingerprints differ. False if stopped.
  [[nodiscard]] bool begin(uint64_t fingerprint, const std::optional<std::string>& problem,
                           const Stop& stop);

  [[nodiscard]] bool is_mine(uint64_t block) const {
    return static_cast<int>(block % static_cast<uint64_t>(ranks_)) == rank_;
  }
  // Where to put a block of this rank's; empty if stopped. From any thread.
  [[nodiscard]] std::span<std::byte> room_for(uint64_t block, const Stop& stop);
  void publish(uint64_t block, size_t bytes);
  void publish(uint64_t block, const BlockFailure& failure);

  // The next block; empty if stopped. Throws what the failure says.
  [[nodiscard]] std::span<const std::byte> wait_for(uint64_t block, const Stop& stop);
  // Blocks up to this one have been copied.
  void release(uint64_t block);

 private:
  struct Seat;    // What a rank says.
  struct Joined;  // What a rank said when it began a load.
  struct Slot;    // What lies in a slot.

  BlockRing(BlockRingSize size, int rank, int ranks, int fd);
  void construct();
  [[nodiscard]] Seat& seat(int rank) const;
  [[nodiscard]] Joined& joined(int rank) const;
  [[nodiscard]] Slot& slot_of(uint64_t block) const;
  [[nodiscard]] std::span<std::byte> bytes_of(uint64_t block) const;
  [[nodiscard]] uint64_t tag(uint64_t block) const { return (load_ << 32U) | block; }
  [[nodiscard]] bool somebody_left() const;
  [[nodiscard]] bool wait_until(const std::function<bool()>& ready, const Stop& stop) const;
  void check_all_joined() const;

  BlockRingSize size_{};
  int rank_ = 0;
  int ranks_ = 1;
  uint64_t load_ = 0;  // Number of this rank's load.
  std::byte* data_ = nullptr;
  size_t mapped_ = 0;
};

}  // namespace verdict
