// What became of a candidate. The numbers are part of the file format.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace verdict {

enum class Status : uint8_t {
  ok = 0,
  refused = 1,
  non_finite = 2,
  out_of_memory = 3,
  timeout = 4,
  hang = 5,
  io_error = 6,
  degenerate = 7,  // Failed the sanity generation.
  too_early = 8,   // Inside the evaluation delay.
};

inline constexpr std::array<std::string_view, 9> kStatusNames{
    "ok",   "refused",  "non_finite", "out_of_memory", "timeout",
    "hang", "io_error", "degenerate", "too_early"};

[[nodiscard]] constexpr std::string_view status_name(Status status) {
  return kStatusNames[static_cast<size_t>(status)];
}

}  // namespace verdict
