// JSON as we accept and write it: nlohmann-json with the strictness that files from strangers need.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace verdict {

// Keeps the order of keys, so that what we write can be read by people.
using Json = nlohmann::ordered_json;

struct JsonLimits {
  int depth = 32;
  size_t bytes = size_t{64} << 20;
};

// Parses UTF-8 text. Refuses duplicate keys (most parsers keep one of them, silently), greater
// depth than `limits.depth`, non-finite numbers and anything after the value. Throws FormatError
// that names the byte or the key.
[[nodiscard]] Json parse_json(std::string_view text, const JsonLimits& limits = {});

// What nlohmann-json says, without the "[json.exception.parse_error.101] " before it.
[[nodiscard]] std::string message_of(const nlohmann::detail::exception& e);

// A double as JSON; the three values that JSON cannot carry become the strings "nan", "inf" and
// "-inf".
[[nodiscard]] Json json_number(double value);

// The inverse. Throws FormatError for anything else.
[[nodiscard]] double number_from_json(const Json& value);

}  // namespace verdict
