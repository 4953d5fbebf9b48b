// What ends a run that a GPU no longer serves, and how the model in work is remembered.
#pragma once

#include <exception>
#include <filesystem>
#include <optional>
#include <string>

#include "app/run/job.h"

namespace verdict {

struct DeviceTrouble {
  std::string event{};  // Of the journal: "oom" or "hang".
  std::string what{};   // One line.
};

// An error of a GPU, of CUDA or of a group's collectives, after which this process cannot compute
// on; nothing for any other failure.
[[nodiscard]] std::optional<DeviceTrouble> device_trouble(const std::exception& e);

// Notes in a journal of `rank` that `model` was in work in this `attempt`, so that later starts
// give it up after one retry (journalled_failures), and throws SystemError(again) naming it: a CUDA
// error stays with the process, a collective with its group.
[[noreturn]] void end_with_trouble(const DeviceTrouble& trouble, const JobModel& model,
                                   const std::string& competition, int64_t attempt,
                                   const std::filesystem::path& journal, int64_t rank);

}  // namespace verdict
