// The whole page of a run.
#pragma once

#include <string>
#include <vector>

#include "app/report/timeline.h"
#include "verdict/results/content.h"

namespace verdict {

[[nodiscard]] std::string report_page(const ResultsContent& content,
                                      const std::vector<TimedStart>& timeline);

// The parts of one competition.
[[nodiscard]] std::string winner_html(const CompetitionResult& competition);
[[nodiscard]] std::string models_html(const CompetitionResult& competition);
[[nodiscard]] std::string losses_html(const CompetitionResult& competition);
[[nodiscard]] std::string duels_html(const CompetitionResult& competition);

}  // namespace verdict
