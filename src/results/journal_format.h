// What the writer and the reader of the journal have to agree on.
#pragma once

#include <cstdint>
#include <string_view>

namespace verdict {

inline constexpr int64_t kJournalVersion = 2;  // 1: without sanity generations.
// A line ends in this, 16 hex digits and `"}`. The digits are the XXH3 of the text in front of it.
inline constexpr std::string_view kChecksumField = ",\"xxh3\":\"";

}  // namespace verdict
