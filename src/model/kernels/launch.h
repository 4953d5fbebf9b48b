// Queues kernels on the current stream of the current device. Tests put a CPU emulation in the
// place of these three functions and of `serves`.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/kernels/add_norm.h"
#include "model/kernels/gate.h"
#include "model/kernels/log_sum_exp.h"
#include "model/kernels/rotate.h"

namespace verdict::kernels {

// Whether our kernels, and plain weights, are for this tensor: on CUDA.
[[nodiscard]] bool serves(const at::Tensor& tensor);

// Throw SystemError if the launch fails, or if the program was built without CUDA.
void launch(const AddNormArguments& arguments);
void launch(const RotateArguments& arguments);
void launch(const GateArguments& arguments);
void launch(const LogSumExpArguments& arguments);

}  // namespace verdict::kernels
