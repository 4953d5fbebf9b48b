// JSON from a stranger's model. Unlike verdict::Json it sorts its keys, so that a file of many keys
// cannot make the reader quadratic.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "verdict/core/json.h"

namespace verdict {

using SortedJson = nlohmann::json;

// As strict as parse_json, and NUL bytes are refused (nlohmann-json takes one for the end of the
// text). Throws FormatError.
[[nodiscard]] SortedJson parse_untrusted_json(std::string_view text, const JsonLimits& limits);

}  // namespace verdict
