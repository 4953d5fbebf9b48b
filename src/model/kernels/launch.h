// Queues kernels on the current stream of the current device. Tests put a CPU emulation in the
// place of these functions.
#pragma once

#include "model/kernels/add_norm.h"
#include "model/kernels/gate.h"
#include "model/kernels/log_sum_exp.h"
#include "model/kernels/rotate.h"

namespace verdict::kernels {

// Throw c10::Error if the launch fails, and SystemError(usage) if the program was built without
// CUDA.
void launch(const AddNormArguments& arguments);
void launch(const RotateArguments& arguments);
void launch(const GateArguments& arguments);
void launch(const LogSumExpArguments& arguments);

}  // namespace verdict::kernels
