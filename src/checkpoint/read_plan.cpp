#include "verdict/checkpoint/read_plan.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "checkpoint/slice_tensor.h"
#include "verdict/core/error.h"
#include "verdict/core/hash.h"

namespace verdict {
namespace {

uint64_t divide_up(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

// The tensors that the model uses, as they lie in the files.
std::vector<const TensorInfo*> used_tensors(const Checkpoint& checkpoint, const ShardPlan& plan) {
  std::set<const TensorInfo*> found;
  for (const ParamPlan& param : plan.params) {
    for (const Slice& slice : param.parts) found.insert(&tensor_of(checkpoint, slice));
  }
  std::vector<const TensorInfo*> tensors(found.begin(), found.end());
  std::ranges::sort(tensors, [](const TensorInfo* a, const TensorInfo* b) {
    return std::tie(a->file, a->begin) < std::tie(b->file, b->begin);
  });
  return tensors;
}

// Those that begin in bytes [begin, end) of the tensor's file; their last bytes may lie behind.
BlockElements begun_in(const TensorInfo& tensor, uint64_t begin, uint64_t end) {
  const uint64_t size = size_of(tensor.dtype);
  const uint64_t skipped = begin > tensor.begin ? begin - tensor.begin : 0;
  const uint64_t reached = std::min(end, tensor.end) - tensor.begin;
  BlockElements found{
      .tensor = &tensor, .first = divide_up(skipped, size), .last = divide_up(reached, size)};
  found.byte = tensor.begin + found.first * size - begin;
  return found;
}

int64_t rows_of(const TensorInfo& tensor) { return tensor.shape[0]; }
int64_t columns_of(const TensorInfo& tensor) {
  return tensor.shape.size() == 2 ? tensor.shape[1] : 1;
}

}  // namespace

ReadPlan::ReadPlan(const Checkpoint& checkpoint, const ShardPlan& whole, uint64_t block_bytes) {
  std::string text;
  for (const TensorInfo* tensor : used_tensors(checkpoint, whole)) {
    const uint64_t file_end = checkpoint.files()[tensor->file].stamp.size;
    uint64_t begin = tensor->begin / block_bytes * block_bytes;
    for (; begin < tensor->end; begin += block_bytes) {
      const uint64_t end = std::min(begin + block_bytes, file_end);
      const BlockElements elements = begun_in(*tensor, begin, end);
      if (elements.first >= elements.last) continue;
      if (blocks_.empty() || blocks_.back().file != tensor->file || blocks_.back().begin != begin) {
        blocks_.push_back({.file = tensor->file, .begin = begin, .end = end});
        first_elements_.push_back(elements_.size());
      }
      const uint64_t bytes = (elements.last - elements.first) * size_of(tensor->dtype);
      blocks_.back().end = std::max(blocks_.back().end, begin + elements.byte + bytes);
      elements_.push_back(elements);
    }
    text += tensor->name + " " + std::to_string(tensor->file) + " " +
            std::to_string(tensor->begin) + " " + std::to_string(tensor->end) + "\n";
  }
  first_elements_.push_back(elements_.size());
  fingerprint_ = xxh3_64(text + model_stamps(checkpoint));
}

BlockSums block_sums_of(const std::vector<FileHash>& files) {
  BlockSums sums;
  for (const FileHash& file : files) {
    if (!file.block_sums.empty()) sums.emplace(file.name, file.block_sums);
  }
  return sums;
}

void require_as_hashed(const Checkpoint& checkpoint, const ReadBlock& block,
                       std::span<const std::byte> bytes, const BlockSums& sums) {
  const std::string& name = checkpoint.files()[block.file].name;
  const auto known = sums.find(name);
  if (known == sums.end()) return;
  const size_t number = block.begin / kDigestBlockBytes;
  const auto hashed = bytes.first(std::min<uint64_t>(bytes.size(), kDigestBlockBytes));
  if (number < known->second.size() && xxh3_64(hashed) == known->second[number]) return;
  throw ContentError(name + ": bytes " + std::to_string(block.begin) + " to " +
                     std::to_string(block.begin + hashed.size()) +
                     " are not those that were hashed");
}

uint64_t ReadPlan::bytes() const {
  uint64_t sum = 0;
  for (const ReadBlock& block : blocks_) sum += block.bytes();
  return sum;
}

std::span<const BlockElements> ReadPlan::elements_of(size_t block) const {
  return std::span(elements_).subspan(first_elements_[block],
                                      first_elements_[block + 1] - first_elements_[block]);
}

CopyPlan::CopyPlan(const Checkpoint& checkpoint, std::span<const ParamPlan* const> params) {
  for (size_t i = 0; i < params.size(); ++i) {
    const ParamPlan& param = *params[i];
    const int64_t width = param.shape.size() == 2 ? param.shape[1] : 1;
    int64_t row = 0;
    for (const Slice& slice : param.parts) {
      const TensorInfo& tensor = tensor_of(checkpoint, slice);
      Use use{.param = i,
              .rows = {0, rows_of(tensor)},
              .columns = {0, columns_of(tensor)},
              .stride = columns_of(tensor),
              .to_row = row,
              .transposed = param.transposed};
      (slice.dim == 0 ? use.rows : use.columns) = slice.range;
      const Range& down = param.transposed ? use.columns : use.rows;
      const Range& across = param.transposed ? use.rows : use.columns;
      row += down.size();
      if (across.size() != width || row > param.shape[0]) {
        throw ModelError("the parts of " + param.name + " do not fit its shape");
      }
      uses_.emplace(&tensor, use);
    }
    if (row != param.shape[0]) {
      throw ModelError("the parts of " + param.name + " do not fill its shape");
    }
  }
}

// What a use takes of a rectangle of the stored matrix, all of whose elements are in the block.
void CopyPlan::add(const Use& use, const BlockElements& from, Range rows, Range columns,
                   std::vector<BlockCopy>& copies) {
  rows = {std::max(rows.begin, use.rows.begin), std::min(rows.end, use.rows.end)};
  columns = {std::max(columns.begin, use.columns.begin), std::min(columns.end, use.columns.end)};
  if (rows.empty() || columns.empty()) return;
  int64_t down = rows.begin - use.rows.begin;
  int64_t across = columns.begin - use.columns.begin;
  if (use.transposed) std::swap(down, across);
  const auto skipped = static_cast<uint64_t>(rows.begin * use.stride + columns.begin) - from.first;
  copies.push_back({.param = use.param,
                    .byte = from.byte + skipped * size_of(from.tensor->dtype),
                    .rows = rows.size(),
                    .columns = columns.size(),
                    .stride = use.stride,
                    .to_row = use.to_row + down,
                    .to_column = across,
                    .transposed = use.transposed});
}

// The elements of a tensor in a block are the rest of a row, whole rows, and the beginning of a
// row.
std::vector<BlockCopy> CopyPlan::copies_of(std::span<const BlockElements> elements) const {
  std::vector<BlockCopy> copies;
  for (const BlockElements& e : elements) {
    const auto first = static_cast<int64_t>(e.first);
    const auto last = static_cast<int64_t>(e.last);
    const auto [begin, end] = uses_.equal_range(e.tensor);
    for (auto at = begin; at != end; ++at) {
      const Use& use = at->second;
      const int64_t width = use.stride;
      const Range whole{(first + width - 1) / width, last / width};
      if (whole.begin > whole.end) {  // Within one row.
        add(use, e, {whole.end, whole.end + 1}, {first % width, last % width}, copies);
        continue;
      }
      add(use, e, {first / width, whole.begin}, {first % width, width}, copies);
      add(use, e, whole, {0, width}, copies);
      add(use, e, {whole.end, whole.end + 1}, {0, last % width}, copies);
    }
  }
  return copies;
}

}  // namespace verdict
