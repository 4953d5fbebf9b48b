// The loss table of runs, from their journals alone.
#pragma once

#include <string>
#include <vector>

#include "app/merge/parts.h"

namespace verdict {

struct Rebuilt {
  LossTable table;
  // What no journal holds and nobody has given up on, a sentence for each candidate; then `table`
  // is not filled.
  std::vector<std::string> missing{};
};

// `record`: the union of the parts; `journal`: all their items. Throws SystemError(bad_data) if one
// run found a model bad of which others have all losses.
[[nodiscard]] Rebuilt rebuild(const std::vector<Part>& parts, const JobRecord& record,
                              const JournalContent& journal);

}  // namespace verdict
