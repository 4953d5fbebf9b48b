// A submission on disk: config.json and its safetensors, validated and held open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "verdict/checkpoint/config_reader.h"
#include "verdict/checkpoint/model_folder.h"
#include "verdict/checkpoint/safetensors.h"
#include "verdict/core/hash.h"

namespace verdict {

struct ReadBlock;

class Checkpoint {
 public:
  // open_config and open_weights in one. `root`: see ModelFolder::open.
  static Checkpoint open(const std::filesystem::path& folder,
                         const std::filesystem::path& root = {});

  // Reads config.json only. Refuses a folder with adapter_config.json, which would pull weights
  // from elsewhere.
  static Checkpoint open_config(const std::filesystem::path& folder,
                                const std::filesystem::path& root = {});
  // Reads the headers of model.safetensors, or of the shards that model.safetensors.index.json
  // names. Pickle files are never looked at. Throws ModelError if a header is bad, a shard is
  // missing, a tensor is in two files, or the index and the headers disagree.
  void open_weights();

  [[nodiscard]] const ConfigReader& config() const { return config_; }
  [[nodiscard]] const TensorMap& tensors() const { return tensors_; }
  [[nodiscard]] const TensorInfo* find(
      std::string_view name) const;  // Null if there is no such tensor.
  // config.json, the index if there is one, and the safetensors files, sorted by name;
  // TensorInfo::file counts here.
  [[nodiscard]] const std::vector<ModelFile>& files() const { return files_; }

  // Bytes [byte_offset, byte_offset + into.size()) of a tensor, in one large read. Throws
  // ModelError if the file has changed since it was opened, SystemError(io) naming the path if it
  // cannot be read.
  void read(const TensorInfo& tensor, uint64_t byte_offset, std::span<std::byte> into) const;
  // A piece of a file of files(), in one read. Throws as read.
  void read_block(const ReadBlock& block, std::span<std::byte> into) const;

  // Throws ModelError if a file is not what it was when it was opened. Call it when all has been
  // read.
  void verify_unchanged() const;

  // All files of the submission's folder.
  [[nodiscard]] uint64_t total_bytes() const { return folder_.total_bytes(); }

  [[nodiscard]] FileDigest digest(size_t file) const;  // Reads the whole file, once.
  // The model's identity: content_hash_of its files. Reads every byte.
  [[nodiscard]] std::string content_hash() const;

 private:
  ModelFolder folder_{};
  ConfigReader config_;
  std::vector<ModelFile> files_{};
  TensorMap tensors_{};

  Checkpoint(ModelFolder folder, ConfigReader config, std::vector<ModelFile> files);
  void add_tensors_of(size_t file);
};

// Sizes and times of a model's files: a cheap "is it still the same" between hashing and loading,
// on any node.
[[nodiscard]] std::string model_stamps(const Checkpoint& checkpoint);

// SHA-256 (hex) of one line "NAME SIZE SHA256\n" per file, in the order of names: names have no
// blanks, so different models give different lines. The hashes of single files can be cached or
// computed by different ranks.
struct FileHash {
  std::string name{};
  uint64_t size = 0;
  std::string sha256_hex{};
  std::vector<uint64_t> block_sums{};  // As in FileDigest; no part of the identity.
};
[[nodiscard]] std::string content_hash_of(std::vector<FileHash> files);

}  // namespace verdict
