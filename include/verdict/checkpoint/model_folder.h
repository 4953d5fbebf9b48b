// The folder of a submission: opens files by plain names and never leaves the folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "verdict/core/file.h"

namespace verdict {

// A file of a model, kept open so that only what was validated is read.
struct ModelFile {
  std::string name{};
  std::filesystem::path path{};  // For messages about the machine.
  FileStamp stamp{};             // When it was opened.
  FileDescriptor fd{};
};

class ModelFolder {
 public:
  // `root`: symbolic links may point to files below it (caches of the Hugging Face hub link into a
  // folder of blobs); empty: below `folder`. Throws ModelError if `folder` is missing or not a
  // folder, SystemError(usage) if `root` is wrong.
  static ModelFolder open(const std::filesystem::path& folder,
                          const std::filesystem::path& root = {});

  [[nodiscard]] bool has(const std::string& name) const;  // A link counts, whatever it points to.

  // `name` is a plain name (no '/', not ".."), checked here. Throws ModelError if the file is
  // missing, a link that leaves the root, or not a regular file; SystemError(io) naming the path if
  // the machine is to blame.
  [[nodiscard]] ModelFile open_file(const std::string& name) const;

  // The sum of the sizes of all files in the folder and below it, a linked file with its target's
  // size.
  [[nodiscard]] uint64_t total_bytes() const;

 private:
  std::filesystem::path path_{};
  std::filesystem::path root_{};  // Canonical.
  FileDescriptor fd_{};
};

}  // namespace verdict
