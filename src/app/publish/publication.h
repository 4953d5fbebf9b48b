// What would be sent to the chain for a run, and whether it would be taken.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/publish/other_validators.h"
#include "app/publish/publish_options.h"
#include "verdict/competition/preflight.h"
#include "verdict/results/weights_file.h"

namespace verdict {

struct Publication {
  PublishedWeights file{};  // As the run left it.
  std::string conversion{};
  WeightsToSet to_set{};
  std::vector<double> shares{};    // [to_set.uids], of 1, before they were made whole numbers.
  std::vector<uint16_t> stored{};  // [to_set.uids], what the chain makes of the values.
  ChainView chain{};
  bool chain_given = false;
  std::vector<CheckedRule> rules{};
  std::optional<OtherValidators> others{};

  [[nodiscard]] size_t count(RuleOutcome outcome) const;
};

// Reads weights.json, results.h5 and, if given, CHAIN.json. max-scale sends what weights.json
// holds; process-weights what process_weights.h makes of the exact shares in results.h5, for which
// the chain's limits must be known. Throws SystemError(usage) for a folder that is no run or limits
// that are missing, SystemError(io) if the run is not finished, SystemError(bad_data) for files
// that do not belong together.
[[nodiscard]] Publication read_publication(const PublishOptions& options);

}  // namespace verdict
