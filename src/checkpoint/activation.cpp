#include "checkpoint/activation.h"

#include <algorithm>
#include <array>

#include "checkpoint/text.h"

namespace verdict {
namespace {

struct Row {
  std::string_view name{};
  Act act = Act::silu;
};

// gelu_new and gelu_pytorch_tanh are the same formula, written in Python and in C++.
constexpr std::array kRows{
    Row{"silu", Act::silu},          Row{"swish", Act::silu},
    Row{"gelu", Act::gelu_erf},      Row{"gelu_python", Act::gelu_erf},
    Row{"gelu_new", Act::gelu_tanh}, Row{"gelu_pytorch_tanh", Act::gelu_tanh},
};

}  // namespace

Act read_activation(const ConfigReader& config, std::string_view key,
                    const std::string& otherwise) {
  const std::string name = config.text_or(key, otherwise);
  const auto found = std::ranges::find(kRows, name, &Row::name);
  if (found == kRows.end()) config.fail(key, "= '" + shortened(name) + "' is not supported");
  return found->act;
}

}  // namespace verdict
