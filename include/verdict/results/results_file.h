// results.h5 (schema "verdict-1.0"): every dataset has dimension scales on all axes, a long name
// and units; missing numbers are NaN; flags are uint8 with their meanings. Files of schema 1.x open
// with all later 1.y.
#pragma once

#include <filesystem>
#include <string>

#include "verdict/results/content.h"

namespace verdict {

inline constexpr const char* kResultsConventions = "verdict-1.0";

// The bytes of the file. Equal content gives equal bytes. Throws SystemError(internal) if a table
// does not have the sizes that content.h gives.
[[nodiscard]] std::string results_bytes(const ResultsContent& content);

// Writes them atomically. Throws SystemError(cannot_write); the old file, if any, then stands.
void write_results(const std::filesystem::path& path, const ResultsContent& content);

// Throws SystemError(io) or SystemError(bad_data) naming file, object, what was expected and what
// was found.
[[nodiscard]] ResultsContent read_results(const std::filesystem::path& path);

}  // namespace verdict
