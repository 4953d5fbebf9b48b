// A time that no plan can beat.
#pragma once

#include <vector>

#include "partition/shape.h"

namespace verdict {

// Seconds, between 0 and `reached`, the makespan of some plan of the same candidates (which ends
// the search). The proof is in the source.
[[nodiscard]] double lower_bound_seconds(const std::vector<CandidateShape>& shapes, int groups,
                                         double reached);

}  // namespace verdict
