// Results for people at a terminal, and for machines behind a pipe.
#pragma once

#include <string>

#include "verdict/core/json.h"
#include "verdict/results/content.h"

namespace verdict {

// Per competition: winner with margin ± standard error, the models in order of rank, the failures
// with their reasons. Strings of candidates are shown through printable().
[[nodiscard]] std::string competition_table(const ResultsContent& content,
                                            const CompetitionResult& competition);
[[nodiscard]] std::string results_tables(const ResultsContent& content);

// The same as one JSON document; non-finite numbers as "nan", "inf", "-inf".
[[nodiscard]] Json inspect_json(const ResultsContent& content);

}  // namespace verdict
