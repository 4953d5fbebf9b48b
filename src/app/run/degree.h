// How many ranks hold one model of a competition between them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/run/admission.h"
#include "app/run/evaluate_options.h"
#include "app/run/inputs.h"
#include "app/run/numerics.h"

namespace verdict {

// The machine as far as the degree depends on it.
struct DegreeRoom {
  MachineDefaults machine{};
  uint64_t rank_memory = 0;  // Usable bytes of one rank.
  int ranks = 1;             // That may hold a model together: those of a node, or all.
};

struct Degree {
  int tp = 1;
  std::string why{};  // For people: "pinned by the competition".
};

// The smallest divisor of the room's ranks at which such a model fits; 0: none.
[[nodiscard]] int smallest_degree(const DecoderSpec& spec, const Competition& competition,
                                  const Numerics& numerics, const DegreeRoom& room);

// What the competition pins, else what --tp asks for, else 1 on CPU, else the smallest divisor of
// `ranks` at which every admitted model of the competition fits that fits at any: one degree for
// all of them, since losses of two degrees differ in their last bits. `admissions` by candidate.
// Throws as resolve_numerics.
[[nodiscard]] Degree choose_degree(const Inputs& inputs, size_t competition,
                                   const std::vector<Admission>& admissions,
                                   const EvaluateOptions& options, const DegreeRoom& room);

}  // namespace verdict
