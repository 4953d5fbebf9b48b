// The numerics of each competition: what the competition pins, else what the user asks for, else
// this machine's.
#pragma once

#include "app/run/evaluate_options.h"
#include "verdict/competition/competition_file.h"
#include "verdict/eval/numerics.h"

namespace verdict {

// What a kind of machine computes with where nobody says otherwise.
struct MachineDefaults {
  bool gpu = false;  // In a plan one that this machine need not have.
  std::string dtype = "float32";
  int tp = 1;
  std::string gpu_name{};     // As in Numerics: not empty if `gpu`.
  std::string collectives{};  // As in Numerics.
};

// Throws SystemError(usage) if an option contradicts what the competition pins, or asks for a
// device that the machine does not have.
[[nodiscard]] Numerics resolve_numerics(const EvaluateOptions& options,
                                        const Competition& competition,
                                        const MachineDefaults& machine = {});

}  // namespace verdict
