#include "checkpoint/text.h"

#include <algorithm>

#include "verdict/core/table.h"

namespace verdict {
namespace {

// Cuts at a character, not inside one: bytes 10xxxxxx continue a character.
std::string cut(const std::string& text, size_t limit) {
  if (text.size() <= limit) return text;
  size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "…";
}

}  // namespace

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
