#include "app/run/events.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "verdict/core/error.h"
#include "verdict/core/file.h"

namespace verdict {

std::string utc_now() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + length, text.size() - length, ".%03dZ",
                static_cast<int>(milliseconds));
  return text.data();
}

EventLog::EventLog(const std::filesystem::path& path) : path_(path), out_(path, std::ios::app) {
  if (!out_)
    throw SystemError(ExitCode::cannot_write,
                      "cannot append to " + path_.string() + ": " + system_cause());
}

void EventLog::write(const std::string& event, Json fields) {
  Json line{{"time", utc_now()}, {"event", event}};
  line.update(fields);
  const std::lock_guard lock(mutex_);
  out_ << line.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n" << std::flush;
  if (!out_)
    throw SystemError(ExitCode::cannot_write,
                      "cannot write " + path_.string() + ": " + system_cause());
}

}  // namespace verdict
