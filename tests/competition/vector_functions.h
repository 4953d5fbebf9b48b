// The functions of the published vectors, by their names there.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "verdict/core/json.h"

namespace verdict::vectors {

// Each compares with the vector's `expected`, or throws SystemError, FormatError or ModelError for
// what must be refused.
using Function = std::function<void(const Json& vector)>;

[[nodiscard]] std::map<std::string, Function> step_functions();
[[nodiscard]] std::map<std::string, Function> task_functions();
[[nodiscard]] std::map<std::string, Function> submission_functions();
[[nodiscard]] std::map<std::string, Function> weight_functions();

}  // namespace verdict::vectors
