// RUN/events.jsonl: what happened when, for machines. Rank 0 writes it; any of its threads may.
#pragma once

#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>

#include "verdict/core/json.h"

namespace verdict {

[[nodiscard]] std::string utc_now();  // ISO 8601 with milliseconds, "2026-01-31T12:00:00.000Z".

class EventLog {
 public:
  // Appends to an existing file. Throws SystemError(cannot_write).
  explicit EventLog(const std::filesystem::path& path);
  void write(const std::string& event, Json fields = Json::object());

 private:
  std::filesystem::path path_;
  std::mutex mutex_{};
  std::ofstream out_;
};

}  // namespace verdict
