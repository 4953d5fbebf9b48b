#include "verdict/checkpoint/synth.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <vector>

#include "checkpoint/dtype.h"
#include "checkpoint/random_weights.h"
#include "checkpoint/untrusted_json.h"
#include "verdict/checkpoint/architectures.h"
#include "verdict/checkpoint/tensor_check.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"

namespace verdict {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kBlock = uint64_t{1} << 20;
constexpr double kNormDeviation = 0.1;

// The tensors of one file, sorted by name.
struct Shard {
  std::string name{};
  std::map<std::string, ExpectedTensor> tensors{};
};

uint64_t bytes_of(const ExpectedTensor& tensor, DType dtype) {
  uint64_t bytes = size_of(dtype);
  for (const int64_t n : tensor.shape) bytes *= static_cast<uint64_t>(n);
  return bytes;
}

std::string shard_name(size_t index, size_t count) {
  if (count == 1) return "model.safetensors";
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "model-%05zu-of-%05zu.safetensors", index + 1, count);
  return text.data();
}

std::vector<Shard> divide(const DecoderSpec& spec, const SynthOptions& options) {
  std::vector<Shard> shards(1);
  uint64_t filled = 0;
  for (const ExpectedTensor& tensor : expected_tensors(spec)) {
    const uint64_t bytes = bytes_of(tensor, options.dtype);
    if (filled > 0 && filled + bytes > options.max_shard_bytes) {
      shards.emplace_back();
      filled = 0;
    }
    shards.back().tensors.emplace(tensor.name, tensor);
    filled += bytes;
  }
  for (size_t i = 0; i < shards.size(); ++i) shards[i].name = shard_name(i, shards.size());
  return shards;
}

// Length and JSON, padded with spaces so that the data is aligned. "format" is what transformers
// asks for.
std::string header_of(const Shard& shard, DType dtype) {
  SortedJson header;
  header["__metadata__"] = {{"format", "pt"}};
  uint64_t offset = 0;
  for (const auto& [name, tensor] : shard.tensors) {
    const uint64_t end = offset + bytes_of(tensor, dtype);
    header[name] = {{"dtype", name_of(dtype)},
                    {"shape", tensor.shape},
                    {"data_offsets", std::vector{offset, end}}};
    offset = end;
  }
  std::string json = header.dump();
  json.append((8 - json.size() % 8) % 8, ' ');
  std::string text(8, '\0');
  for (size_t i = 0; i < 8; ++i) text[i] = static_cast<char>((json.size() >> (8 * i)) & 0xFFU);
  return text + json;
}

// The norm that the head's input comes from.
std::string last_norm(const DecoderSpec& spec) {
  const Names& n = spec.names;
  return (n.final_norm.empty() ? layer_name(n.norm2, spec.layers - 1) : n.final_norm) + ".weight";
}

// Norms are near one. Only the last one before a tied head has weights of both signs: with random
// weights the token just read would else be the likeliest to follow, and a model that repeats one
// token is degenerate (scoring.md A.1).
RandomWeights weights_of(const ExpectedTensor& tensor, const DecoderSpec& spec,
                         const SynthOptions& options) {
  if (tensor.role != TensorRole::norm) return {options.seed, tensor.name, 0, options.scale};
  const bool both_signs = spec.tied_head && tensor.name == last_norm(spec);
  const double one = spec.norm == Norm::rms_plus_one ? 0 : 1;
  return {options.seed, tensor.name, both_signs ? one - 1 : one, both_signs ? 1 : kNormDeviation};
}

void write_tensor(std::ofstream& out, const ExpectedTensor& tensor, const DecoderSpec& spec,
                  const SynthOptions& options) {
  const RandomWeights weights = weights_of(tensor, spec, options);
  const uint64_t size = size_of(options.dtype);
  const uint64_t total = bytes_of(tensor, options.dtype);
  std::vector<std::byte> block(std::min(total, kBlock));
  for (uint64_t done = 0; done < total; done += block.size()) {
    const auto part = std::span(block).first(std::min<uint64_t>(block.size(), total - done));
    weights.fill(done / size, options.dtype, part);
    out.write(reinterpret_cast<const char*>(part.data()),
              static_cast<std::streamsize>(part.size()));
  }
}

void write_shard(const Shard& shard, const DecoderSpec& spec, const SynthOptions& options) {
  const fs::path path = options.out / shard.name;
  const fs::path partial = path.string() + ".partial";
  {
    std::ofstream out(partial, std::ios::binary | std::ios::trunc);
    const std::string header = header_of(shard, options.dtype);
    out.write(header.data(), static_cast<std::streamsize>(header.size()));
    for (const auto& [name, tensor] : shard.tensors) write_tensor(out, tensor, spec, options);
    out.close();
    if (!out) throw SystemError(ExitCode::cannot_write, "cannot write " + partial.string());
  }
  publish_file(partial, path);
}

std::string index_of(const std::vector<Shard>& shards, DType dtype) {
  uint64_t total = 0;
  SortedJson map;
  for (const Shard& shard : shards) {
    for (const auto& [name, tensor] : shard.tensors) {
      total += bytes_of(tensor, dtype);
      map[name] = shard.name;
    }
  }
  return SortedJson{{"metadata", {{"total_size", total}}}, {"weight_map", map}}.dump(2) + "\n";
}

void prepare_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw SystemError(ExitCode::cannot_write,
                      "cannot create " + folder.string() + ": " + error.message());
  }
  if (!fs::is_empty(folder)) {
    throw SystemError(ExitCode::usage, folder.string() + " is not empty; name a new folder");
  }
}

}  // namespace

void write_synthetic_model(std::string_view config_text, const SynthOptions& options) {
  if (!is_weight_dtype(options.dtype)) {
    throw SystemError(ExitCode::usage, "random weights can be F32, F16 or BF16, not " +
                                           std::string(name_of(options.dtype)));
  }
  const DecoderSpec spec = describe(ConfigReader::parse(config_text, "config.json"));
  prepare_folder(options.out);
  const std::vector<Shard> shards = divide(spec, options);
  for (const Shard& shard : shards) write_shard(shard, spec, options);
  if (shards.size() > 1) {
    write_atomically(options.out / "model.safetensors.index.json", index_of(shards, options.dtype));
  }
  // Last, so that a folder with a config.json is a whole model.
  write_atomically(options.out / "config.json", config_text);
}

}  // namespace verdict
