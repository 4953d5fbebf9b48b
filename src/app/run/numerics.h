// The numerics of each competition: what the competition pins, else what the user asks for, else
// this machine's.
#pragma once

#include "app/options.h"
#include "verdict/competition/competition_file.h"
#include "verdict/eval/session.h"

namespace verdict {

// Throws SystemError(usage) if an option contradicts what the competition pins, or asks for a
// device that this build does not have.
[[nodiscard]] Numerics resolve_numerics(const EvaluateOptions& options,
                                        const Competition& competition);

}  // namespace verdict
