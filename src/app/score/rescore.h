// The verdict of a finished run once more, from its results.h5 alone.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "app/score/measurements.h"
#include "app/score/score_options.h"
#include "verdict/core/json.h"

namespace verdict {

struct Rescored {
  ResultsContent file{};  // As it stands.
  Verdict now{};          // By the options.
};

// With no option set `now` is what the file says, to the last bit. Rows: the first of those drawn,
// or, with a seed, of those drawn and shuffled by it. Throws SystemError(bad_data) if the file does
// not hold what it takes.
[[nodiscard]] Rescored rescore(const std::filesystem::path& results, const ScoreOptions& options);

// Per competition the winner of the file and the one by the options, and the tables of the latter.
[[nodiscard]] std::string rescored_tables(const Rescored& rescored);
[[nodiscard]] Json rescored_json(const Rescored& rescored);

}  // namespace verdict
