// Three ways to fill groups; make_plan takes the one that ends first.
#pragma once

#include <optional>
#include <vector>

#include "partition/shape.h"

namespace verdict {

// Each whole candidate, longest first, to the group that is free first.
[[nodiscard]] std::vector<Unit> place_whole(const std::vector<CandidateShape>& shapes, int groups);

// Nothing cut that need not be: a candidate longer than `limit` seconds fills groups of its own;
// rests and short candidates go where they fit best, and are cut only where they fit nowhere. No
// group works for longer than `limit`. Nothing if the groups do not suffice.
[[nodiscard]] std::optional<std::vector<Unit>> pack_up_to(const std::vector<CandidateShape>& shapes,
                                                          int groups, double limit);

// The longest items first, each candidate into the smallest rooms in which loading it is at most
// `load_share` of the time, or that take all that is left of it.
[[nodiscard]] std::optional<std::vector<Unit>> fill_gaps_up_to(
    const std::vector<CandidateShape>& shapes, int groups, double limit, double load_share);

// Group after group is filled up to `limit` seconds, and a candidate cut wherever a group is full.
[[nodiscard]] std::optional<std::vector<Unit>> wrap_up_to(const std::vector<CandidateShape>& shapes,
                                                          int groups, double limit);

}  // namespace verdict
