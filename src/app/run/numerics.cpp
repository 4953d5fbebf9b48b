#include "app/run/numerics.h"

#include <charconv>
#include <optional>

#include "verdict/core/error.h"

namespace verdict {
namespace {

// `asked` by an option, `pinned` by the competition, `chosen` otherwise; null: not said. `text` is
// for the message.
template <class T, class Text>
T settle(const std::string& option, const T* asked, const T* pinned, const T& chosen,
         const Competition& competition, const Text& text) {
  if (asked != nullptr && pinned != nullptr && *asked != *pinned) {
    throw SystemError(ExitCode::usage, option + " " + text(*asked) + ": competition '" +
                                           competition.name + "' pins " + text(*pinned) +
                                           " in its numerics");
  }
  return asked != nullptr ? *asked : pinned != nullptr ? *pinned : chosen;
}

template <class T>
const T* pointer_to(const std::optional<T>& value) {
  return value ? &*value : nullptr;
}

std::optional<int> asked_tp(const std::string& text) {
  if (text == "auto") return std::nullopt;
  int tp = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), tp);
  if (error != std::errc() || end != text.data() + text.size() || tp < 1) {
    throw SystemError(ExitCode::usage,
                      "--tp must be auto or a positive number, found '" + text + "'");
  }
  return tp;
}

}  // namespace

Numerics resolve_numerics(const EvaluateOptions& options, const Competition& competition,
                          const MachineDefaults& machine) {
  if (options.device == "cuda" && !machine.gpu) {
    throw SystemError(ExitCode::usage, "--device cuda: say what memory a GPU has: --gpu-memory");
  }
  const auto& pinned = competition.numerics;
  const auto as_is = [](const std::string& text) { return text; };
  const auto digits = [](int64_t number) { return std::to_string(number); };
  const std::string* dtype = options.dtype == "auto" ? nullptr : &options.dtype;
  const std::optional<int> tp = asked_tp(options.tp);
  const int64_t pinned_batch = pinned.micro_batch.value_or(1);
  return {.dtype = settle<std::string>("--dtype", dtype, pointer_to(pinned.dtype), machine.dtype,
                                       competition, as_is),
          .tp = settle<int>("--tp", pointer_to(tp), pointer_to(pinned.tp), machine.tp, competition,
                            digits),
          .micro_batch =
              settle<int64_t>("--micro-batch", pointer_to(options.micro_batch),
                              pinned.micro_batch ? &pinned_batch : nullptr, 1, competition, digits),
          .threads = options.threads.value_or(1),
          .gpu = machine.gpu_name,
          .collectives = machine.collectives};
}

}  // namespace verdict
