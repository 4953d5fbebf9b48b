#include "checkpoint/text.h"

#include <algorithm>
#include <string_view>

#include "verdict/core/table.h"

namespace verdict {
std::string cut(const std::string& text, size_t limit) {
  constexpr std::string_view kMark = "…";
  if (text.size() <= limit) return text;
  size_t end = limit < kMark.size() ? 0 : limit - kMark.size();
  // Bytes 10xxxxxx continue a character.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end).append(kMark);
}

std::string shown(const std::string& text) { return printable(cut(text, 600)); }

std::string quoted(const std::string& text) {
  std::string result = "'";
  result += shown(text);
  result += '\'';
  return result;
}

std::string shortened(const std::string& text) { return printable(cut(text, 80)); }

std::string listed(const std::vector<std::string>& items, const std::string& separator,
                   size_t limit) {
  std::string text;
  const size_t count = std::min(items.size(), limit);
  for (size_t i = 0; i < count; ++i) text += (i == 0 ? "" : separator) + items[i];
  if (items.size() > count) {
    text += separator + "and " + std::to_string(items.size() - count) + " more";
  }
  return text;
}

}  // namespace verdict
