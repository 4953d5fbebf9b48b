#include "verdict/checkpoint/directory_hash.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <vector>

#include "verdict/core/error.h"
#include "verdict/core/hash.h"

namespace verdict {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostFiles = 10'000;
constexpr uint64_t kBlock = uint64_t{8} << 20;

Sha256Digest hash_of_file(const ModelFile& file) {
  Sha256 hash;
  std::vector<std::byte> block(std::min(file.stamp.size, kBlock));
  for (uint64_t offset = 0; offset < file.stamp.size; offset += block.size()) {
    const auto part =
        std::span(block).first(std::min<uint64_t>(block.size(), file.stamp.size - offset));
    try {
      read_exactly(file.fd.get(), offset, part, file.path.string());
    } catch (const SystemError&) {
      if (stamp_of(file.fd.get()) == file.stamp) throw;
      throw ModelError(file.name + ": has changed while it was read");
    }
    hash.update(std::span<const std::byte>(part));
  }
  return hash.finish();
}

Sha256Digest digest_of_hex(const std::string& hex) {
  Sha256Digest digest{};
  for (size_t i = 0; i < digest.size() && 2 * i + 2 <= hex.size(); ++i) {
    std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, digest[i], 16);
  }
  return digest;
}

struct Names {
  std::vector<std::string> files{};
  std::vector<std::string> folders{};
};

// Sorted as unsigned bytes, which for UTF-8 is the order of code points.
Names names_in(const fs::path& folder) {
  Names names;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::file_status own = entry->symlink_status(error);
    if (error) break;
    const std::string name = entry->path().filename().string();
    std::error_code ignored;  // A link that leads nowhere is no folder; opening it fails.
    if (own.type() == fs::file_type::directory) {
      names.folders.push_back(name);
    } else if (!entry->is_directory(ignored)) {
      names.files.push_back(name);
    }
  }
  if (error) {
    throw SystemError(ExitCode::io, "cannot list " + folder.string() + ": " + error.message());
  }
  std::sort(names.files.begin(), names.files.end());
  std::sort(names.folders.begin(), names.folders.end());
  return names;
}

class Walk {
 public:
  Walk(const fs::path& root, const KnownFileHash& known) : root_(root), known_(known) {}

  void visit(const fs::path& folder, bool top) {
    const ModelFolder opened = ModelFolder::open(folder, root_);
    const Names names = names_in(folder);
    for (const std::string& name : names.files) {
      if (++files_ > kMostFiles) {
        throw ModelError("the submission has more than " + std::to_string(kMostFiles) + " files");
      }
      const std::optional<std::string> hex = top && known_ ? known_(name) : std::nullopt;
      hash_.update(to_base64(hex ? digest_of_hex(*hex) : hash_of_file(opened.open_file(name))));
    }
    for (const std::string& name : names.folders) visit(folder / name, false);
  }
  std::string finish() { return to_base64(hash_.finish()); }

 private:
  const fs::path& root_;
  const KnownFileHash& known_;
  Sha256 hash_{};
  size_t files_ = 0;
};

}  // namespace

std::string hash_of_text(std::string_view bytes) { return to_base64(sha256(bytes)); }

std::string directory_hash(const fs::path& folder, const fs::path& root,
                           const KnownFileHash& known) {
  const fs::path inside = root.empty() ? folder : root;
  Walk walk(inside, known);
  walk.visit(folder, true);
  return walk.finish();
}

std::string secure_hash(const std::string& directory_hash, const std::string& hotkey) {
  return hash_of_text(directory_hash + hotkey);
}

}  // namespace verdict
