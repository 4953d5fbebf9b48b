// Which group had which model when, from events.jsonl.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace verdict {

struct TimedUnit {
  int64_t group = 0;
  int64_t unit = 0;
  std::string model{};
  double begin = 0;  // Seconds since the epoch.
  double end = 0;
  bool failed = false;
};

// One start of the run: a resumed run has several.
struct TimedStart {
  std::string time{};  // ISO 8601, UTC.
  std::vector<TimedUnit> units{};
};

// Lines that cannot be understood are skipped; no file, no starts. A unit without an end, as a kill
// leaves it, ends with the last event of its start.
[[nodiscard]] std::vector<TimedStart> read_timeline(const std::filesystem::path& events);

// A plot per start that had units.
[[nodiscard]] std::string timeline_plots(const std::vector<TimedStart>& starts);

// "2026-01-31T12:00:00.250Z" as seconds since the epoch; NaN for anything else.
[[nodiscard]] double seconds_of(const std::string& utc);

}  // namespace verdict
