// One job out of those of several runs.
#pragma once

#include <vector>

#include "app/merge/parts.h"

namespace verdict {

// The union of their candidates, with the text of a candidates file that holds them all: that of a
// part where one does. Throws SystemError(usage) if one uid stands for two submissions, or for one
// that was found otherwise by two runs.
[[nodiscard]] JobRecord unite(const std::vector<Part>& parts);

}  // namespace verdict
