#include "model/kernels/emulation.h"

#include "model/kernels/serves.h"

namespace verdict::kernels {
namespace {

template <class Arguments>
void launch_rows(const std::string& name, const Arguments& a) {
  launched().push_back({.kernel = name, .bytes = traffic(a), .packed = a.packed});
  visit(a, [](const auto& kernel, int64_t rows, int threads) { run_rows(kernel, rows, threads); });
}

template <class Arguments>
void launch_elements(const std::string& name, const Arguments& a) {
  launched().push_back({.kernel = name, .bytes = traffic(a), .packed = a.packed});
  visit(a, [](const auto& kernel, int64_t elements) {
    for (int64_t i = 0; i < elements; ++i) kernel.element(i);
  });
}

}  // namespace

std::vector<Launched>& launched() {
  static std::vector<Launched> all;
  return all;
}

bool serves(const at::Tensor&) { return true; }

void launch(const AddNormArguments& a) { launch_rows("add_norm", a); }
void launch(const LogSumExpArguments& a) { launch_rows("log_sum_exp", a); }
void launch(const RotateArguments& a) { launch_elements("rotate", a); }
void launch(const GateArguments& a) { launch_elements("gate", a); }

}  // namespace verdict::kernels
