// How far a run in another process is.
#pragma once

#include <filesystem>

#include "verdict/core/error.h"

namespace verdict {

// Shows on stderr what RUN/events.jsonl says, a redrawn line on a terminal, plain lines elsewhere,
// until the run ends: ok if it finished, again if it was stopped or killed before (said on stderr).
// Waits up to `patience_seconds` for a run that has not begun; then throws SystemError(io).
[[nodiscard]] ExitCode follow_run(const std::filesystem::path& run, double patience_seconds);

}  // namespace verdict
