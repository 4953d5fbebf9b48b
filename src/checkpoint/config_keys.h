// Keys of config.json that need not be understood (architectures.md 4.3).
#pragma once

#include <optional>
#include <string_view>

namespace verdict {

// No forward pass reads it, whatever its value.
[[nodiscard]] bool is_harmless_key(std::string_view key);

// The one value with which a switch that we do not implement changes nothing.
[[nodiscard]] std::optional<bool> only_accepted_value(std::string_view key);

}  // namespace verdict
