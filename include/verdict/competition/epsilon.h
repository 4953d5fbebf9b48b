// The protection of the earlier model. Source: taoverse model/competition/epsilon.py at e350d5e4.
#pragma once

#include "verdict/competition/competition_file.h"

namespace verdict {

// Epsilon that protects a model of `model_block` at `current_block`:
//   fixed   start
//   linear  start − f·(start − end) with f = min(max(current − model, 0) / blocks, 1)
// in float64 and in this order of operations (at f = 1 it need not equal `end` bit for bit). An
// infinite `current_block` means "fully decayed". Throws SystemError(internal) if `blocks` is less
// than 1.
[[nodiscard]] double epsilon_at(const Epsilon& epsilon, double current_block, double model_block);

}  // namespace verdict
