#include "hdf5/check.h"

#include <vector>

#include "verdict/core/error.h"

namespace verdict {
namespace {

herr_t collect(unsigned, const H5E_error2_t* error, void* texts) {
  static_cast<std::vector<std::string>*>(texts)->emplace_back(error->desc ? error->desc : "");
  return 0;
}

// From the innermost call, which found the problem, to the outermost.
std::vector<std::string> error_stack() {
  std::vector<std::string> texts;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, collect, &texts);
  H5Eclear2(H5E_DEFAULT);
  return texts;
}

}  // namespace

void fail_hdf5(Doing doing, const std::string& place, const std::string& action) {
  const std::vector<std::string> stack = error_stack();
  std::string text = place + ": cannot " + action;
  if (!stack.empty()) text += ": " + stack.front();
  if (doing == Doing::building) throw SystemError(ExitCode::internal, text);
  // The file drivers put errno into their text; every other error is about the bytes of the file.
  const bool system = !stack.empty() && stack.front().find("errno = ") != std::string::npos;
  throw SystemError(system ? ExitCode::io : ExitCode::bad_data, text);
}

}  // namespace verdict
