// Where a command wants results, a run folder will do.
#pragma once

#include <filesystem>

#include "verdict/results/content.h"

namespace verdict {

// The results.h5 of a run folder, or the file itself. Throws SystemError(io) if it is not there,
// for a folder with the word that its run has not ended.
[[nodiscard]] std::filesystem::path results_path(const std::filesystem::path& run_or_file);
[[nodiscard]] ResultsContent results_of(const std::filesystem::path& run_or_file);

}  // namespace verdict
