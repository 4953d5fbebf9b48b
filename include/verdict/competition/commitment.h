// The string that a miner commits to on chain: namespace:name:commit:secure_hash:competition.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace verdict {

inline constexpr size_t kLongestCommitment = 128;  // Bytes.

struct Commitment {
  std::string name_space{};
  std::string name{};
  std::optional<std::string> commit{};       // 40 hex digits if it is a good one.
  std::optional<std::string> hash{};         // Plain directory hash, of the older form only.
  std::optional<std::string> secure_hash{};  // With the hotkey; see directory_hash.h.
  int64_t competition = 0;
};

// What the miner's tool writes; absent parts are "None". Throws FormatError if it is longer than
// 128 bytes.
[[nodiscard]] std::string commitment_text(const Commitment& commitment);

// As the validators read it: fewer than five parts are the older form, with competition 0 and the
// fourth part as both hashes; what follows the fifth is ignored. Throws FormatError if there are
// fewer than four parts, the id is no whole number, or the text is longer than 128 bytes. Source:
// taoverse
// src/taoverse/model/data.py at e350d5e4.
[[nodiscard]] Commitment parse_commitment(std::string_view text);

// "namespace/name" of 4 to 38 characters with exactly one '/'. Throws FormatError.
[[nodiscard]] std::pair<std::string, std::string> parse_repo_id(std::string_view repo);

}  // namespace verdict
