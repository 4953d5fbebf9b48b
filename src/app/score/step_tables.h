// A played step case for the terminal.
#pragma once

#include <string>

#include "verdict/core/json.h"

namespace verdict {

// `played` is what play() returns.
[[nodiscard]] std::string step_tables(const Json& played);

}  // namespace verdict
