// In which pieces a model's files are read, and where each piece goes: pure functions of headers
// and shard plan, known to every rank before a byte of weights is read.
//
// The safetensors files are cut, in the order of their names and from their first byte, into blocks
// at multiples of kReadBlockBytes. Each block is read once on a node, by one of its ranks, in one
// read; every rank then copies what is its own out of it. A block without weights of the model
// (tensors that are ignored, the copy of a tied head) is not read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "verdict/checkpoint/checkpoint.h"
#include "verdict/checkpoint/shard_plan.h"

namespace verdict {

inline constexpr uint64_t kReadBlockBytes = kDigestBlockBytes;
// A block can be longer by the rest of an element that begins before its end. Only in a file whose
// data do not begin at a multiple of the element's size.
inline constexpr uint64_t kReadBlockRoom = kReadBlockBytes + 8;

// Blocks that exist at one time on a node without GPUs: one in work, one of each rank on its way.
[[nodiscard]] constexpr int cpu_ring_slots(int ranks) { return ranks + 2; }

// What the blocks of a model's files were when it was hashed, by name of file.
using BlockSums = std::map<std::string, std::vector<uint64_t>>;
[[nodiscard]] BlockSums block_sums_of(const std::vector<FileHash>& files);

struct ReadBlock {
  size_t file = 0;     // Of Checkpoint::files().
  uint64_t begin = 0;  // Bytes [begin, end) of the file.
  uint64_t end = 0;
  [[nodiscard]] uint64_t bytes() const { return end - begin; }
};

// Elements [first, last) of a tensor, all of whose bytes lie in a block from `byte` on.
struct BlockElements {
  const TensorInfo* tensor = nullptr;
  uint64_t first = 0;
  uint64_t last = 0;
  uint64_t byte = 0;
};

class ReadPlan {
 public:
  // `whole`: the plan of a group of one rank, which uses what any rank uses. Keeps pointers into
  // `checkpoint`. Throws ModelError if a tensor is missing. `block_bytes`: at most
  // kReadBlockBytes.
  ReadPlan(const Checkpoint& checkpoint, const ShardPlan& whole,
           uint64_t block_bytes = kReadBlockBytes);

  [[nodiscard]] const std::vector<ReadBlock>& blocks() const { return blocks_; }
  [[nodiscard]] uint64_t bytes() const;  // Of all blocks.
  // In the order of the file.
  [[nodiscard]] std::span<const BlockElements> elements_of(size_t block) const;
  // The same for all who would read the same bytes for the same purpose.
  [[nodiscard]] uint64_t fingerprint() const { return fingerprint_; }

 private:
  std::vector<ReadBlock> blocks_{};
  std::vector<BlockElements> elements_{};
  std::vector<size_t> first_elements_{};  // Of each block, and the end.
  uint64_t fingerprint_ = 0;
};

// A rectangle of a stored matrix on its way into a parameter. A vector is a matrix of one column.
struct BlockCopy {
  size_t param = 0;   // Of those given to CopyPlan.
  uint64_t byte = 0;  // Of the block: the rectangle's first element.
  int64_t rows = 0;   // As stored; `stride` elements from one to the next.
  int64_t columns = 0;
  int64_t stride = 0;
  int64_t to_row = 0;  // Of the parameter.
  int64_t to_column = 0;
  bool transposed = false;  // The stored rows become columns.
  [[nodiscard]] int64_t elements() const { return rows * columns; }
};

// What one rank takes of the blocks. The same parameter may be given more than once.
class CopyPlan {
 public:
  // Throws ModelError if a tensor is missing, or too small for its slice, or if the parts of a
  // parameter do not fill its shape. Keeps pointers into `checkpoint`.
  CopyPlan(const Checkpoint& checkpoint, std::span<const ParamPlan* const> params);
  // Every element of every parameter is in exactly one copy of one block.
  [[nodiscard]] std::vector<BlockCopy> copies_of(std::span<const BlockElements> elements) const;

 private:
  struct Use {
    size_t param = 0;
    Range rows{};  // As stored.
    Range columns{};
    int64_t stride = 0;
    int64_t to_row = 0;
    bool transposed = false;
  };
  static void add(const Use& use, const BlockElements& from, Range rows, Range columns,
                  std::vector<BlockCopy>& copies);

  std::multimap<const TensorInfo*, Use> uses_{};
};

// The first of the elements (of `dtype`, one after the other, at any address) that is NaN or
// infinite. Throws SystemError(internal) for a dtype that weights cannot have.
[[nodiscard]] std::optional<uint64_t> first_non_finite(std::span<const std::byte> bytes,
                                                       DType dtype);

// Throws ContentError naming the file and the bytes if a block, read as ReadPlan has it, is not
// what `sums` say; a file that they do not name is not looked at.
void require_as_hashed(const Checkpoint& checkpoint, const ReadBlock& block,
                       std::span<const std::byte> bytes, const BlockSums& sums);

// "weight 'h.0.attn.weight' [3, 17] is not finite"
[[nodiscard]] std::string non_finite_text(const TensorInfo& tensor, uint64_t element);

}  // namespace verdict
