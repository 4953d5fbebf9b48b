// The run folder of a merge.
#pragma once

#include <string>
#include <vector>

#include "app/merge/merge_options.h"
#include "app/merge/parts.h"
#include "app/run/publish.h"

namespace verdict {

struct Merged {
  JobRecord record{};
  Verdict verdict{};
  std::string state_before{};  // Text; empty: no state was used.
  std::string started{};       // ISO 8601, UTC.
};

// Makes `options.out`, with copies of all journals, so that it can be verified and merged again,
// and last of all results.h5 and weights.json. Throws SystemError(usage) if there is a run of other
// inputs, SystemError(cannot_write).
void write_merged(const MergeOptions& options, const std::vector<Part>& parts, Merged& merged);

// inputs.json's content: that of the parts with the union's candidates and models.
[[nodiscard]] Json merged_inputs(const std::vector<Part>& parts, const Merged& merged);

}  // namespace verdict
