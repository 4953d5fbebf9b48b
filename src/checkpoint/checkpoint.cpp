#include "verdict/checkpoint/checkpoint.h"

#include <algorithm>
#include <utility>

#include "checkpoint/text.h"
#include "checkpoint/weight_index.h"
#include "verdict/checkpoint/read_plan.h"
#include "verdict/core/error.h"
#include "verdict/core/hash.h"

namespace verdict {
namespace {

constexpr auto kConfig = "config.json";
constexpr auto kAdapter = "adapter_config.json";
constexpr auto kSingle = "model.safetensors";
constexpr auto kIndex = "model.safetensors.index.json";
constexpr uint64_t kMaxConfigBytes = uint64_t{1} << 20;

// A short read of a file that has shrunk is the model's fault, any other is the machine's.
void read_file(const ModelFile& file, uint64_t offset, std::span<std::byte> into) {
  try {
    read_exactly(file.fd.get(), offset, into, file.path.string());
  } catch (const SystemError&) {
    if (stamp_of(file.fd.get()) == file.stamp) throw;
    throw ModelError(file.name + ": has changed while it was read");
  }
}

std::string read_small_file(const ModelFile& file, uint64_t limit) {
  if (file.stamp.size > limit) {
    throw ModelError(file.name + ": is " + std::to_string(file.stamp.size) +
                     " bytes long, at most " + std::to_string(limit) + " are accepted");
  }
  std::string text(file.stamp.size, '\0');
  read_file(file, 0, std::as_writable_bytes(std::span(text)));
  return text;
}

}  // namespace

Checkpoint::Checkpoint(ModelFolder folder, ConfigReader config, std::vector<ModelFile> files)
    : folder_(std::move(folder)), config_(std::move(config)), files_(std::move(files)) {}

Checkpoint Checkpoint::open(const std::filesystem::path& folder,
                            const std::filesystem::path& root) {
  Checkpoint checkpoint = open_config(folder, root);
  checkpoint.open_weights();
  return checkpoint;
}

Checkpoint Checkpoint::open_config(const std::filesystem::path& folder,
                                   const std::filesystem::path& root) {
  ModelFolder opened = ModelFolder::open(folder, root);
  if (opened.has(kAdapter)) {
    throw ModelError(std::string(kAdapter) +
                     ": adapters are refused, only whole models are scored");
  }
  std::vector<ModelFile> files;
  files.push_back(opened.open_file(kConfig));
  ConfigReader config = ConfigReader::parse(read_small_file(files[0], kMaxConfigBytes), kConfig);
  return {std::move(opened), std::move(config), std::move(files)};
}

void Checkpoint::open_weights() {
  WeightIndex index;
  if (folder_.has(kIndex)) {
    files_.push_back(folder_.open_file(kIndex));
    index = parse_weight_index(read_small_file(files_.back(), kMaxIndexBytes), kIndex);
    if (folder_.has(kSingle) && !index.contains(kSingle)) {
      throw ModelError(std::string(kSingle) + ": is not in " + kIndex +
                       ", so which of the two holds the weights is unclear");
    }
    for (const auto& [file, names] : index) files_.push_back(folder_.open_file(file));
  } else if (folder_.has(kSingle)) {
    files_.push_back(folder_.open_file(kSingle));
  } else {
    throw ModelError(std::string("has neither ") + kSingle + " nor " + kIndex +
                     " (pickle files are never read)");
  }
  std::ranges::sort(files_, {}, &ModelFile::name);
  for (size_t i = 0; i < files_.size(); ++i) {
    if (files_[i].name.ends_with(".safetensors")) add_tensors_of(i);
  }
  if (!index.empty()) check_weight_index(index, tensors_, files_, kIndex);
}

void Checkpoint::add_tensors_of(size_t file) {
  const ModelFile& opened = files_[file];
  std::vector<std::byte> start(std::min<uint64_t>(opened.stamp.size, 8));
  read_file(opened, 0, start);
  const uint64_t length = safetensors_header_length(start, opened.stamp.size, opened.name);
  start.resize(8 + length);
  read_file(opened, 0, start);
  const TensorMap found = parse_safetensors_header(start, opened.stamp.size, opened.name);
  if (tensors_.size() + found.size() > kMaxTensors) {
    throw ModelError("the files up to " + opened.name + " have more than " +
                     std::to_string(kMaxTensors) + " tensors");
  }
  for (const auto& [name, tensor] : found) {
    TensorInfo placed = tensor;
    placed.file = file;
    const auto [at, added] = tensors_.emplace(name, std::move(placed));
    if (!added) {
      throw ModelError(quoted(name) + " is in " + files_[at->second.file].name + " and in " +
                       opened.name);
    }
  }
}

const TensorInfo* Checkpoint::find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

void Checkpoint::read(const TensorInfo& tensor, uint64_t byte_offset,
                      std::span<std::byte> into) const {
  if (tensor.file >= files_.size() || byte_offset > tensor.bytes() ||
      into.size() > tensor.bytes() - byte_offset) {
    throw SystemError("a read beyond the end of '" + shown(tensor.name) + "'");
  }
  read_file(files_[tensor.file], tensor.begin + byte_offset, into);
}

void Checkpoint::read_block(const ReadBlock& block, std::span<std::byte> into) const {
  read_file(files_.at(block.file), block.begin, into);
}

void Checkpoint::verify_unchanged() const {
  for (const ModelFile& file : files_) {
    if (stamp_of(file.fd.get()) != file.stamp) {
      throw ModelError(file.name + ": has changed since it was opened");
    }
  }
}

FileDigest Checkpoint::digest(size_t file) const {
  const ModelFile& opened = files_.at(file);
  Sha256 hash;
  FileDigest digest;
  std::vector<std::byte> block(std::min(opened.stamp.size, kDigestBlockBytes));
  for (uint64_t offset = 0; offset < opened.stamp.size; offset += block.size()) {
    const auto part =
        std::span(block).first(std::min<uint64_t>(block.size(), opened.stamp.size - offset));
    read_file(opened, offset, part);
    hash.update(std::span<const std::byte>(part));
    digest.block_sums.push_back(xxh3_64(std::span<const std::byte>(part)));
  }
  digest.sha256_hex = to_hex(hash.finish());
  return digest;
}

std::string Checkpoint::content_hash() const {
  std::vector<FileHash> hashes;
  for (size_t i = 0; i < files_.size(); ++i) {
    hashes.push_back(
        {.name = files_[i].name, .size = files_[i].stamp.size, .sha256_hex = digest(i).sha256_hex});
  }
  verify_unchanged();
  return content_hash_of(std::move(hashes));
}

std::string model_stamps(const Checkpoint& checkpoint) {
  std::string text;
  for (const ModelFile& file : checkpoint.files()) {
    text += file.name + " " + std::to_string(file.stamp.size) + " " +
            std::to_string(file.stamp.mtime_ns) + "\n";
  }
  return text;
}

std::string content_hash_of(std::vector<FileHash> files) {
  std::ranges::sort(files, {}, &FileHash::name);
  Sha256 hash;
  for (const FileHash& file : files) {
    hash.update(file.name + " " + std::to_string(file.size) + " " + file.sha256_hex + "\n");
  }
  return to_hex(hash.finish());
}

}  // namespace verdict
