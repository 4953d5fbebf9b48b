#include "verdict/model/block_stream.h"

#include <algorithm>
#include <thread>
#include <vector>

#include "verdict/core/error.h"
#include "verdict/core/read_pace.h"

namespace verdict {
namespace {

// The threads that fill this rank's blocks. Goes only when they have ended.
class Readers {
 public:
  Readers(const Checkpoint& checkpoint, const ReadPlan& plan, BlockRing& ring,
          const StreamOptions& options)
      : checkpoint_(checkpoint),
        plan_(plan),
        ring_(ring),
        options_(options),
        pace_(options.bytes_per_second) {
    for (int i = 0; i < std::max(options.readers, 1); ++i) threads_.emplace_back([this] { run(); });
  }
  ~Readers() { join(); }
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  // Also ends those that still have something to do.
  void join() {
    ended_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  [[nodiscard]] StreamCounts counts() const { return {.reads = reads_, .bytes = bytes_}; }

 private:
  [[nodiscard]] bool stopped() const {
    return ended_ || (options_.cancelled != nullptr && *options_.cancelled);
  }

  void run() {
    while (!stopped()) {
      const size_t block = next_.fetch_add(1);
      if (block >= plan_.blocks().size()) return;
      if (!ring_.is_mine(block)) continue;
      const std::span<std::byte> room = ring_.room_for(block, [this] { return stopped(); });
      if (room.empty() || !fill(block, room)) return;
    }
  }

  // False after a failure, which stands in the block's place: nobody wants a later one.
  bool fill(size_t block, std::span<std::byte> room) {
    try {
      const auto bytes = room.first(plan_.blocks()[block].bytes());
      read(plan_.blocks()[block], bytes);
      if (options_.sums != nullptr)
        require_as_hashed(checkpoint_, plan_.blocks()[block], bytes, *options_.sums);
      require_finite(block, bytes);
      ring_.publish(block, bytes.size());
      return true;
    } catch (const ContentError& e) {
      ring_.publish(block, {.kind = BlockFailure::Kind::content, .text = e.what()});
    } catch (const ModelError& e) {
      ring_.publish(block, {.kind = BlockFailure::Kind::model, .text = e.what()});
    } catch (const SystemError& e) {
      ring_.publish(block, {.code = e.code(), .text = e.what()});
    } catch (const std::exception& e) {
      ring_.publish(block, {.code = ExitCode::internal, .text = e.what()});
    }
    return false;
  }

  void read(const ReadBlock& block, std::span<std::byte> into) {
    checkpoint_.read_block(block, into);
    ++reads_;
    bytes_ += into.size();
    pace_.keep(into.size(), [this] { return stopped(); });
  }

  void require_finite(size_t block, std::span<const std::byte> bytes) const {
    for (const BlockElements& e : plan_.elements_of(block)) {
      const uint64_t size = size_of(e.tensor->dtype);
      const auto found =
          first_non_finite(bytes.subspan(e.byte, (e.last - e.first) * size), e.tensor->dtype);
      if (found) throw ModelError(non_finite_text(*e.tensor, e.first + *found));
    }
  }

  const Checkpoint& checkpoint_;
  const ReadPlan& plan_;
  BlockRing& ring_;
  const StreamOptions& options_;
  ReadPace pace_;
  std::atomic<bool> ended_{false};
  std::atomic<size_t> next_{0};
  std::atomic<uint64_t> reads_{0};
  std::atomic<uint64_t> bytes_{0};
  std::vector<std::thread> threads_{};
};

}  // namespace

StreamCounts stream_blocks(const Checkpoint& checkpoint, const ReadPlan& plan, BlockRing& ring,
                           const StreamOptions& options, const BlockSink& sink) {
  Readers readers(checkpoint, plan, ring, options);
  const auto cancelled = [&] { return options.cancelled != nullptr && *options.cancelled; };
  const size_t blocks = plan.blocks().size();
  const auto settle = [&](size_t block) {
    if (sink.settle) sink.settle(block);
    ring.release(block);
  };
  for (size_t block = 0; block < blocks; ++block) {
    if (cancelled()) throw LoadCancelled();
    const std::span<const std::byte> bytes = ring.wait_for(block, cancelled);
    if (bytes.empty()) throw LoadCancelled();
    sink.copy(block, bytes);
    if (block > 0) settle(block - 1);
  }
  if (blocks > 0) settle(blocks - 1);
  readers.join();
  return readers.counts();
}

}  // namespace verdict
