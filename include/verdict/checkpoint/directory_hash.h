// The hashes that a miner commits to: of all files of a submission, and the same bound to the
// hotkey, so that a copier cannot reuse what it sees.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "verdict/checkpoint/model_folder.h"

namespace verdict {

// base64(SHA-256(bytes)), 44 characters.
[[nodiscard]] std::string hash_of_text(std::string_view bytes);

// SHA-256 in hex of a file of the folder's top, if it is known already.
using KnownFileHash = std::function<std::optional<std::string>(const std::string& name)>;

// base64(SHA-256(the hashes of all files, one after the other)): top-down, in each folder its files
// by name and then its folders by name. Names enter by their order only. Links to files count as
// the file, links to folders do not count. Throws ModelError as ModelFolder does, for whatever is
// neither file nor folder, and for more than 10,000 files; SystemError(io) if the machine is to
// blame. Source: taoverse src/taoverse/model/storage/disk at e350d5e4.
[[nodiscard]] std::string directory_hash(const std::filesystem::path& folder,
                                         const std::filesystem::path& root = {},
                                         const KnownFileHash& known = {});

// base64(SHA-256(directory hash + hotkey)).
[[nodiscard]] std::string secure_hash(const std::string& directory_hash, const std::string& hotkey);

}  // namespace verdict
