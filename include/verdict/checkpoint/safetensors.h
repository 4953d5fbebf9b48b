// The header of a safetensors file, read as if an enemy had written it (reliability.md 5, rules 1
// to 5). Format: u64 little-endian length n, n bytes of JSON, data.
// https://github.com/huggingface/safetensors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace verdict {

// The dtypes of whole bytes that the format names. Weights of a model may be f32, f16 or bf16 only
// (check_tensors).
enum class DType {
  f64,
  f32,
  f16,
  bf16,
  i64,
  i32,
  i16,
  i8,
  u64,
  u32,
  u16,
  u8,
  boolean,
  f8_e4m3,
  f8_e5m2,
  f8_e8m0
};

[[nodiscard]] uint64_t size_of(DType dtype);          // Bytes of one element.
[[nodiscard]] std::string_view name_of(DType dtype);  // As in the header: "BF16".

struct TensorInfo {
  std::string name{};
  DType dtype = DType::f32;
  std::vector<int64_t> shape{};
  uint64_t begin = 0;  // Bytes [begin, end) of the file, not of its data part.
  uint64_t end = 0;
  size_t file = 0;  // Which of the checkpoint's files.
  [[nodiscard]] uint64_t bytes() const { return end - begin; }
};

using TensorMap = std::map<std::string, TensorInfo, std::less<>>;

inline constexpr uint64_t kMaxHeaderBytes = uint64_t{100} << 20;
inline constexpr size_t kMaxTensorName = 512;
inline constexpr size_t kMaxRank = 8;
inline constexpr size_t kMaxTensors = 100'000;  // Of a model; hostile headers hold millions.

// The header's length, from the first 8 bytes. Throws ModelError if it exceeds 100 MiB or the file.
[[nodiscard]] uint64_t safetensors_header_length(std::span<const std::byte> first8,
                                                 uint64_t file_size, const std::string& file_name);

// The tensors of a file of `file_size` bytes, of which `start` holds the 8 bytes of the length and
// the header (more is not looked at). A pure function. Throws ModelError that names the file, the
// rule, and the tensor or the byte.
[[nodiscard]] TensorMap parse_safetensors_header(std::span<const std::byte> start,
                                                 uint64_t file_size, const std::string& file_name);

// "[100277, 5120]"
[[nodiscard]] std::string shape_text(std::span<const int64_t> shape);

}  // namespace verdict
