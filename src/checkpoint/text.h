// Texts of a stranger's file in messages of ours.
#pragma once

#include <string>
#include <vector>

namespace verdict {

// At most `limit` bytes of UTF-8, the mark "…" of a cut included, and never half a character.
[[nodiscard]] std::string cut(const std::string& text, size_t limit);

// Safe for a terminal and a log: control characters as \xNN, at most 600 bytes.
[[nodiscard]] std::string shown(const std::string& text);

// As `shown`, between single quotes.
[[nodiscard]] std::string quoted(const std::string& text);

// At most 80 bytes of a value, as `shown`.
[[nodiscard]] std::string shortened(const std::string& text);

// The items with `separator` between them; beyond `limit`, their number.
[[nodiscard]] std::string listed(const std::vector<std::string>& items,
                                 const std::string& separator, size_t limit);

}  // namespace verdict
