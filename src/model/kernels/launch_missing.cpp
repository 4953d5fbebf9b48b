// In the place of launch.cu where the program is built without CUDA.
#include "model/kernels/launch.h"
#include "verdict/core/error.h"

namespace verdict::kernels {
namespace {

[[noreturn]] void refuse() {
  throw SystemError(ExitCode::usage, "this program was built without CUDA: use --device cpu");
}

}  // namespace

void launch(const AddNormArguments&) { refuse(); }
void launch(const RotateArguments&) { refuse(); }
void launch(const GateArguments&) { refuse(); }
void launch(const LogSumExpArguments&) { refuse(); }

}  // namespace verdict::kernels
