// Several operators' weights.json and their stakes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "verdict/consensus/agreement.h"
#include "verdict/results/weights_file.h"

namespace verdict {

struct OperatorsInput {
  Operators operators{};
  std::vector<PublishedWeights> published{};  // Of each operator; empty for one without a file.
  int64_t netuid = 0;
};

// Reads `stakes`, and for each of its operators the file that it names, which must be one of
// `files`; each of `files` must be named. Throws SystemError(bad_data) naming file, field and rule.
[[nodiscard]] OperatorsInput read_operators(const std::filesystem::path& stakes,
                                            const std::vector<std::filesystem::path>& files);

}  // namespace verdict
