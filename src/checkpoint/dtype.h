// Names of dtypes in safetensors headers.
#pragma once

#include <optional>
#include <string_view>

#include "verdict/checkpoint/safetensors.h"

namespace verdict {

// Empty: not one of ours.
[[nodiscard]] std::optional<DType> dtype_named(std::string_view name);

// The dtypes that a model's weights may have.
[[nodiscard]] bool is_weight_dtype(DType dtype);

}  // namespace verdict
