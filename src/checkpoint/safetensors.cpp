#include "verdict/checkpoint/safetensors.h"

#include <algorithm>
#include <tuple>

#include "checkpoint/header_walk.h"
#include "checkpoint/text.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

[[noreturn]] void fail(const std::string& file, const std::string& rule) {
  throw ModelError(file + ": " + rule);
}

// What the JSON parser would let pass: text before or after the object, and NUL bytes, which it
// takes for the end.
void check_frame(std::string_view header, const std::string& file) {
  if (header.empty() || header.front() != '{') fail(file, "header: does not begin with '{'");
  if (header.at(header.find_last_not_of(' ')) != '}') {
    fail(file, "header: is followed by something other than spaces");
  }
  if (const size_t nul = header.find('\0'); nul != std::string_view::npos) {
    fail(file, "header: a NUL byte at byte " + std::to_string(nul));
  }
}

// Tensors lie side by side: a hole could hide another file, an overlap another tensor.
void check_tiling(std::vector<TensorInfo>& tensors, uint64_t data_bytes, const std::string& file) {
  std::ranges::sort(tensors, [](const TensorInfo& a, const TensorInfo& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  uint64_t expected = 0;
  for (const TensorInfo& tensor : tensors) {
    if (tensor.begin != expected) {
      fail(file, quoted(tensor.name) + " begins at byte " + std::to_string(tensor.begin) +
                     " of the data, the tensor before it ends at " + std::to_string(expected) +
                     (tensor.begin < expected ? ": they overlap" : ": there is a hole"));
    }
    expected = tensor.end;
  }
  if (expected != data_bytes) {
    fail(file, "the tensors end at byte " + std::to_string(expected) + " of " +
                   std::to_string(data_bytes) + " bytes of data");
  }
}

}  // namespace

uint64_t safetensors_header_length(std::span<const std::byte> first8, uint64_t file_size,
                                   const std::string& file_name) {
  if (file_size < 8 || first8.size() < 8) {
    fail(file_name,
         "is " + std::to_string(file_size) + " bytes long, a safetensors file has 8 or more");
  }
  uint64_t length = 0;
  for (size_t i = 0; i < 8; ++i) length |= std::to_integer<uint64_t>(first8[i]) << (8 * i);
  if (length > kMaxHeaderBytes) {
    fail(file_name, "the header's length is " + std::to_string(length) + ", at most " +
                        std::to_string(kMaxHeaderBytes) + " is accepted");
  }
  if (length > file_size - 8) {
    fail(file_name, "the header's length is " + std::to_string(length) + ", the file ends " +
                        std::to_string(file_size - 8) + " bytes after it");
  }
  return length;
}

TensorMap parse_safetensors_header(std::span<const std::byte> start, uint64_t file_size,
                                   const std::string& file_name) {
  const uint64_t length = safetensors_header_length(start, file_size, file_name);
  if (start.size() - 8 < length) {
    fail(file_name, "the header's length is " + std::to_string(length) + ", only " +
                        std::to_string(start.size() - 8) + " bytes of it could be read");
  }
  const std::string_view header(reinterpret_cast<const char*>(start.data()) + 8, length);
  const uint64_t data_begin = 8 + length;
  const uint64_t data_bytes = file_size - data_begin;
  check_frame(header, file_name);
  HeaderWalk walk(file_name, data_bytes);
  nlohmann::json::sax_parse(header, &walk);
  std::vector<TensorInfo> tensors = walk.take_tensors();
  check_tiling(tensors, data_bytes, file_name);
  TensorMap result;
  for (TensorInfo& tensor : tensors) {
    tensor.begin += data_begin;
    tensor.end += data_begin;
    std::string name = tensor.name;
    result.emplace(std::move(name), std::move(tensor));
  }
  return result;
}

std::string shape_text(std::span<const int64_t> shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  }
  return text + "]";
}

}  // namespace verdict
