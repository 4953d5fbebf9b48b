#include "app/run/device_trouble.h"

#include <c10/util/Exception.h>

#include "verdict/core/error.h"
#include "verdict/core/table.h"
#include "verdict/results/journal.h"

namespace verdict {
namespace {

std::string first_line(const c10::Error& e) {
  const std::string text = e.what_without_backtrace();
  return text.substr(0, text.find('\n'));
}

}  // namespace

std::optional<DeviceTrouble> device_trouble(const std::exception& e) {
  if (const auto* memory = dynamic_cast<const c10::OutOfMemoryError*>(&e))
    return DeviceTrouble{.event = "oom", .what = first_line(*memory)};
  if (const auto* device = dynamic_cast<const c10::AcceleratorError*>(&e))
    return DeviceTrouble{.event = "hang", .what = first_line(*device)};
  const auto* system = dynamic_cast<const SystemError*>(&e);
  if (system != nullptr && system->code() == ExitCode::again)
    return DeviceTrouble{.event = "hang", .what = system->what()};
  return std::nullopt;
}

void end_with_trouble(const DeviceTrouble& trouble, const JobModel& model,
                      const std::string& competition, int64_t attempt,
                      const std::filesystem::path& journal, int64_t rank) {
  JournalWriter(journal, rank)
      .event({.name = trouble.event,
              .model = model.content_hash,
              .reason = trouble.what,
              .fields = {{"competition", competition}, {"attempt", attempt}}});
  throw SystemError(ExitCode::again, "while " + printable(model.folder.filename().string()) +
                                         " was in work: " + trouble.what +
                                         "; run the same line again: it is tried once more");
}

}  // namespace verdict
