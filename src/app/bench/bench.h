// `verdict bench`: what this machine does, one JSON line per metric (performance.md 10).
#pragma once

#include "app/options.h"
#include "verdict/core/error.h"

namespace verdict {

[[nodiscard]] ExitCode run_bench(const BenchOptions& options);

}  // namespace verdict
