// Where this test program computes the goldens.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "verdict/comm/group.h"

namespace verdict {

struct GoldenPlace {
  at::Device device = at::kCPU;
  TensorPath path{};
  std::string missing{};  // Why nothing can be computed there; empty: it can.
};

[[nodiscard]] const GoldenPlace& golden_place();

}  // namespace verdict
