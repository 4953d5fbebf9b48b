#include "verdict/comm/block_ring.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <new>
#include <sstream>

#include "comm/nap.h"
#include "verdict/core/file.h"

namespace verdict {
namespace {

constexpr size_t kTextBytes = 2000;
constexpr size_t kPage = 4096;

using Text = std::array<char, kTextBytes>;

void put(Text& to, const std::string& text) {
  const size_t size = std::min(text.size(), to.size() - 1);
  std::memcpy(to.data(), text.data(), size);
  to.at(size) = '\0';
}
std::string text_of(const Text& text) {
  return {text.data(), ::strnlen(text.data(), text.size() - 1)};
}

size_t rounded(size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

static_assert(std::atomic<uint64_t>::is_always_lock_free);  // Works between processes.

}  // namespace

void BlockFailure::raise() const {
  if (kind == Kind::content) throw ContentError(text);
  if (kind == Kind::model) throw ModelError(text);
  throw SystemError(code, text);
}

struct alignas(64) BlockRing::Seat {
  std::atomic<uint64_t> load{0};   // The load that it has begun.
  std::atomic<uint64_t> taken{0};  // tag(number of blocks released)
};

// Two of each rank, for even and odd loads: those of a load stand until nobody looks at them any
// more, unless the rank gives up two loads in a row. Then `load` tells.
struct alignas(64) BlockRing::Joined {
  std::atomic<uint64_t> load{0};
  uint64_t fingerprint = 0;
  bool has_problem = false;
  Text problem{};
};

struct alignas(64) BlockRing::Slot {
  std::atomic<uint64_t> filled{0};  // tag(block + 1)
  uint64_t bytes = 0;
  bool failed = false;
  BlockFailure::Kind kind = BlockFailure::Kind::system;
  ExitCode code = ExitCode::io;
  Text text{};
};

BlockRing::Seat& BlockRing::seat(int rank) const { return reinterpret_cast<Seat*>(data_)[rank]; }
BlockRing::Joined& BlockRing::joined(int rank) const {
  std::byte* const first = data_ + sizeof(Seat) * static_cast<size_t>(ranks_);
  return reinterpret_cast<Joined*>(first)[2 * rank + static_cast<int>(load_ % 2)];
}
BlockRing::Slot& BlockRing::slot_of(uint64_t block) const {
  std::byte* const first =
      data_ + (sizeof(Seat) + 2 * sizeof(Joined)) * static_cast<size_t>(ranks_);
  return reinterpret_cast<Slot*>(first)[block % static_cast<uint64_t>(size_.slots)];
}
std::span<std::byte> BlockRing::memory() const {
  const size_t slots = static_cast<size_t>(size_.slots) * rounded(size_.slot_bytes);
  return {data_ + mapped_ - slots, slots};
}
std::span<std::byte> BlockRing::bytes_of(uint64_t block) const {
  const size_t slot = block % static_cast<uint64_t>(size_.slots);
  return memory().subspan(slot * rounded(size_.slot_bytes), size_.slot_bytes);
}

// Maps `fd`, which has the size already, or memory of its own.
BlockRing::BlockRing(BlockRingSize size, int rank, int ranks, int fd)
    : size_(size), rank_(rank), ranks_(ranks) {
  const auto count = static_cast<size_t>(ranks);
  const auto slots = static_cast<size_t>(size.slots);
  mapped_ = rounded((sizeof(Seat) + 2 * sizeof(Joined)) * count + sizeof(Slot) * slots) +
            slots * rounded(size.slot_bytes);
  if (fd >= 0 && rank == 0 && ::ftruncate(fd, static_cast<off_t>(mapped_)) != 0)
    throw std::bad_alloc();
  const int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  void* data = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, flags, fd, 0);
  if (data == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<std::byte*>(data);
  if (rank == 0) construct();
}

void BlockRing::construct() {
  for (int r = 0; r < ranks_; ++r) {
    new (&seat(r)) Seat;
    for (load_ = 0; load_ < 2; ++load_) new (&joined(r)) Joined;
  }
  load_ = 0;
  for (uint64_t s = 0; s < static_cast<uint64_t>(size_.slots); ++s) new (&slot_of(s)) Slot;
}

BlockRing::BlockRing(BlockRingSize size) : BlockRing(size, 0, 1, -1) {}

BlockRing::~BlockRing() { ::munmap(data_, mapped_); }

// The memory has no name in a file system, so that nothing is left of it however the ranks end; the
// others find it as an open file of the first.
std::unique_ptr<BlockRing> BlockRing::share(const MpiComm& node, BlockRingSize size) {
  if (node.size() == 1) return std::make_unique<BlockRing>(size);
  std::unique_ptr<BlockRing> ring;
  FileDescriptor fd;
  std::string place;
  if (node.rank() == 0) {
    fd = FileDescriptor(::memfd_create("verdict-blocks", MFD_CLOEXEC));
    if (fd.valid()) ring.reset(new BlockRing(size, 0, node.size(), fd.get()));
    struct stat info {};
    if (fd.valid() && ::fstat(fd.get(), &info) == 0) {
      std::ostringstream text;
      text << "/proc/" << ::getpid() << "/fd/" << fd.get() << " " << info.st_ino;
      place = text.str();
    }
  }
  place = node.broadcast(place, 0);
  if (node.rank() != 0 && !place.empty()) {
    std::istringstream text(place);
    std::string path;
    uint64_t inode = 0;
    text >> path >> inode;
    fd = FileDescriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    struct stat info {};
    if (fd.valid() && ::fstat(fd.get(), &info) == 0 && info.st_ino == inode)
      ring.reset(new BlockRing(size, node.rank(), node.size(), fd.get()));
  }
  const bool all = node.all_reduce_min(ring != nullptr ? 1 : 0) == 1;
  return all ? std::move(ring) : std::make_unique<BlockRing>(size);
}

bool BlockRing::somebody_left() const {
  for (int r = 0; r < ranks_; ++r) {
    if (seat(r).load.load(std::memory_order_acquire) > load_) return true;
  }
  return false;
}

bool BlockRing::wait_until(const std::function<bool()>& ready, const Stop& stop) const {
  Nap nap(std::chrono::microseconds(20), std::chrono::microseconds(500));
  while (!ready()) {
    // Who has left may have been what it was waited for, a moment ago.
    if (somebody_left()) return ready();
    if (stop && stop()) return false;
    nap.sleep();
  }
  return true;
}

bool BlockRing::begin(uint64_t fingerprint, const std::optional<std::string>& problem,
                      const Stop& stop) {
  ++load_;
  Joined& mine = joined(rank_);
  mine.load = 0;
  mine.fingerprint = fingerprint;
  mine.has_problem = problem.has_value();
  put(mine.problem, problem.value_or(""));
  mine.load = load_;
  seat(rank_).taken = tag(0);
  seat(rank_).load.store(load_, std::memory_order_release);
  const auto all_here = [&] {
    for (int r = 0; r < ranks_; ++r) {
      if (seat(r).load.load(std::memory_order_acquire) < load_) return false;
    }
    return true;
  };
  if (!wait_until(all_here, stop)) return false;
  check_all_joined();
  return true;
}

void BlockRing::check_all_joined() const {
  const uint64_t mine = joined(rank_).fingerprint;
  bool differs = false;
  for (int r = 0; r < ranks_; ++r) {
    const Joined& said = joined(r);
    if (said.load != load_) return;  // Has left twice: nobody wants this load.
    differs = differs || said.fingerprint != mine;
    const bool has_problem = said.has_problem;
    const std::string problem = text_of(said.problem);
    if (said.load != load_) return;
    if (has_problem) throw ModelError(problem);
  }
  if (differs) throw ModelError("the files are not the same for all ranks: they are being changed");
}

std::span<std::byte> BlockRing::room_for(uint64_t block, const Stop& stop) {
  const auto slots = static_cast<uint64_t>(size_.slots);
  const auto is_free = [&] {
    if (block < slots) return true;
    for (int r = 0; r < ranks_; ++r) {
      if (seat(r).taken.load(std::memory_order_acquire) < tag(block + 1 - slots)) return false;
    }
    return true;
  };
  return wait_until(is_free, stop) ? bytes_of(block) : std::span<std::byte>();
}

void BlockRing::publish(uint64_t block, size_t bytes) {
  Slot& slot = slot_of(block);
  slot.bytes = bytes;
  slot.failed = false;
  slot.filled.store(tag(block + 1), std::memory_order_release);
}

void BlockRing::publish(uint64_t block, const BlockFailure& failure) {
  Slot& slot = slot_of(block);
  slot.bytes = 0;
  slot.failed = true;
  slot.kind = failure.kind;
  slot.code = failure.code;
  put(slot.text, failure.text);
  slot.filled.store(tag(block + 1), std::memory_order_release);
}

std::span<const std::byte> BlockRing::wait_for(uint64_t block, const Stop& stop) {
  const Slot& slot = slot_of(block);
  const auto is_filled = [&] {
    return slot.filled.load(std::memory_order_acquire) == tag(block + 1);
  };
  if (!wait_until(is_filled, stop)) return {};
  if (slot.failed)
    BlockFailure{.kind = slot.kind, .code = slot.code, .text = text_of(slot.text)}.raise();
  return bytes_of(block).first(slot.bytes);
}

void BlockRing::release(uint64_t block) {
  seat(rank_).taken.store(tag(block + 1), std::memory_order_release);
}

}  // namespace verdict
