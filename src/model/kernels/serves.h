// Which tensors our kernels are for.
#pragma once

#include <ATen/core/Tensor.h>

namespace verdict::kernels {

// Those on CUDA: they get plain weights and our kernels, others oneDNN's and ATen's. Tests link an
// emulation that serves all, so that what is above it runs without a GPU.
[[nodiscard]] bool serves(const at::Tensor& tensor);

}  // namespace verdict::kernels
