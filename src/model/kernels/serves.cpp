#include "model/kernels/serves.h"

namespace verdict::kernels {

bool serves(const at::Tensor& tensor) { return tensor.is_cuda(); }

}  // namespace verdict::kernels
