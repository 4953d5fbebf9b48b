// Half-open index ranges and the one rule by which things are shared out.
#pragma once

#include <cstdint>

namespace verdict {

struct Range {
  int64_t begin = 0;
  int64_t end = 0;
  [[nodiscard]] constexpr int64_t size() const { return end - begin; }
  [[nodiscard]] constexpr bool empty() const { return end <= begin; }
  [[nodiscard]] constexpr bool contains(int64_t i) const { return i >= begin && i < end; }
  friend constexpr bool operator==(const Range&, const Range&) = default;
};

// Part `index` of `items` things among `parts`: [items·i/n, items·(i+1)/n). Uneven where it does
// not divide; nothing is lost.
[[nodiscard]] constexpr Range share(int64_t items, int64_t index, int64_t parts) {
  return {items * index / parts, items * (index + 1) / parts};
}

}  // namespace verdict
