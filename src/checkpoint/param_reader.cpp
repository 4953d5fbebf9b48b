#include <algorithm>
#include <cstring>

#include "checkpoint/slice_tensor.h"
#include "checkpoint/text.h"
#include "verdict/checkpoint/shard_plan.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

constexpr uint64_t kBlock = uint64_t{16} << 20;

// A slice as a matrix [rows, columns] of elements of `size` bytes.
struct Block {
  uint64_t rows = 0;
  uint64_t columns = 0;
  uint64_t size = 0;
  [[nodiscard]] uint64_t bytes() const { return rows * columns * size; }
};

Block block_of(const TensorInfo& tensor, const Slice& slice) {
  const auto taken = static_cast<uint64_t>(slice.range.size());
  const auto at = [&](size_t dim) { return static_cast<uint64_t>(tensor.shape[dim]); };
  const uint64_t columns = tensor.shape.size() == 2 ? at(1) : 1;
  if (slice.dim == 0) return {.rows = taken, .columns = columns, .size = size_of(tensor.dtype)};
  return {.rows = at(0), .columns = taken, .size = size_of(tensor.dtype)};
}

void read_columns(const Checkpoint& checkpoint, const TensorInfo& tensor, Range columns,
                  std::span<std::byte> out) {
  const uint64_t size = size_of(tensor.dtype);
  const auto rows = static_cast<uint64_t>(tensor.shape[0]);
  const uint64_t row_bytes = static_cast<uint64_t>(tensor.shape[1]) * size;
  const uint64_t skip = static_cast<uint64_t>(columns.begin) * size;
  const uint64_t take = static_cast<uint64_t>(columns.size()) * size;
  const uint64_t at_once = std::clamp<uint64_t>(kBlock / std::max<uint64_t>(row_bytes, 1), 1, rows);
  std::vector<std::byte> block(at_once * row_bytes);
  for (uint64_t row = 0; row < rows; row += at_once) {
    const uint64_t count = std::min(at_once, rows - row);
    checkpoint.read(tensor, row * row_bytes, std::span(block).first(count * row_bytes));
    for (uint64_t i = 0; i < count; ++i) {
      std::memcpy(out.data() + (row + i) * take, block.data() + i * row_bytes + skip, take);
    }
  }
}

void read_slice(const Checkpoint& checkpoint, const TensorInfo& tensor, const Slice& slice,
                std::span<std::byte> out) {
  if (slice.dim == 1 && slice.range.size() != tensor.shape[1]) {
    read_columns(checkpoint, tensor, slice.range, out);
    return;
  }
  // Whole rows lie side by side.
  const Block block = block_of(tensor, slice);
  const uint64_t first_row = slice.dim == 0 ? static_cast<uint64_t>(slice.range.begin) : 0;
  checkpoint.read(tensor, first_row * block.columns * block.size, out);
}

void transpose(std::span<const std::byte> in, const Block& block, std::span<std::byte> out) {
  for (uint64_t row = 0; row < block.rows; ++row) {
    for (uint64_t column = 0; column < block.columns; ++column) {
      std::memcpy(out.data() + (column * block.rows + row) * block.size,
                  in.data() + (row * block.columns + column) * block.size, block.size);
    }
  }
}

}  // namespace

const TensorInfo& tensor_of(const Checkpoint& checkpoint, const Slice& slice) {
  const TensorInfo* tensor = checkpoint.find(slice.tensor);
  if (tensor == nullptr) throw ModelError("tensor '" + slice.tensor + "' is missing");
  const auto dim = static_cast<size_t>(slice.dim);
  if (tensor->shape.empty() || tensor->shape.size() > 2 || dim >= tensor->shape.size() ||
      slice.range.begin < 0 || slice.range.end > tensor->shape[dim]) {
    throw ModelError("tensor '" + slice.tensor + "' is " + shape_text(tensor->shape) +
                     ", needed are " + std::to_string(slice.range.begin) + " to " +
                     std::to_string(slice.range.end) + " of dimension " +
                     std::to_string(slice.dim));
  }
  return *tensor;
}

DType param_dtype(const Checkpoint& checkpoint, const ParamPlan& param) {
  const Slice& first = param.parts.at(0);
  const DType dtype = tensor_of(checkpoint, first).dtype;
  for (const Slice& slice : param.parts) {
    const DType other = tensor_of(checkpoint, slice).dtype;
    if (other != dtype) {
      throw ModelError(quoted(first.tensor) + " is " + std::string(name_of(dtype)) + " and " +
                       quoted(slice.tensor) + " is " + std::string(name_of(other)) +
                       ": they must have one dtype");
    }
  }
  return dtype;
}

void read_param(const Checkpoint& checkpoint, const ParamPlan& param, std::span<std::byte> out) {
  const uint64_t needed = param_elements(param) * size_of(param_dtype(checkpoint, param));
  if (out.size() != needed) {
    throw SystemError("parameter " + param.name + " has " + std::to_string(needed) +
                      " bytes, the buffer " + std::to_string(out.size()));
  }
  uint64_t at = 0;
  for (const Slice& slice : param.parts) {
    const TensorInfo& tensor = tensor_of(checkpoint, slice);
    const Block block = block_of(tensor, slice);
    if (block.bytes() > out.size() - at) {
      throw ModelError("the parts of " + param.name + " do not fit its shape");
    }
    const auto into = out.subspan(at, block.bytes());
    if (param.transposed) {
      std::vector<std::byte> stored(block.bytes());
      read_slice(checkpoint, tensor, slice, stored);
      transpose(stored, block, into);
    } else {
      read_slice(checkpoint, tensor, slice, into);
    }
    at += block.bytes();
  }
  if (at != out.size()) throw ModelError("the parts of " + param.name + " do not fill its shape");
}

}  // namespace verdict
