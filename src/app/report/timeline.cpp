#include "app/report/timeline.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <fstream>
#include <limits>
#include <map>

#include "verdict/core/error.h"
#include "verdict/core/json.h"

namespace verdict {
namespace {

// Units of one start as they are met, the open ones by group.
struct Reader {
  std::vector<TimedStart> starts{};
  std::map<int64_t, TimedUnit> open{};
  double last = 0;

  void close(int64_t group, bool failed) {
    const auto found = open.find(group);
    if (found == open.end()) return;
    found->second.end = last;
    found->second.failed = failed;
    starts.back().units.push_back(found->second);
    open.erase(found);
  }
  void close_all() {
    while (!open.empty()) close(open.begin()->first, false);
  }
  void take(const Json& event) {
    const std::string name = event.at("event").get<std::string>();
    const std::string time = event.at("time").get<std::string>();
    const double now = seconds_of(time);
    if (std::isnan(now)) return;
    if (name == "start") {
      if (!starts.empty()) close_all();
      starts.push_back({.time = time});
    }
    last = now;
    if (starts.empty()) return;
    if (name == "unit_started") {
      const auto group = event.at("group").get<int64_t>();
      close(group, false);
      open[group] = {.group = group,
                     .unit = event.at("unit").get<int64_t>(),
                     .model = event.at("model").get<std::string>(),
                     .begin = now};
    } else if (name == "unit_finished" || name == "unit_stopped") {
      const auto group = event.at("group").get<int64_t>();
      const auto found = open.find(group);
      if (found != open.end() && found->second.unit == event.at("unit").get<int64_t>())
        close(group, event.value("failed", false));
    }
  }
};

}  // namespace

double seconds_of(const std::string& utc) {
  std::tm parts{};
  const char* rest = ::strptime(utc.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::numeric_limits<double>::quiet_NaN();
  double fraction = 0;
  double digit = 0.1;
  if (*rest == '.') {
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, digit /= 10)
      fraction += digit * (*rest - '0');
  }
  if (std::string(rest) != "Z") return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(::timegm(&parts)) + fraction;
}

std::vector<TimedStart> read_timeline(const std::filesystem::path& events) {
  std::ifstream file(events);
  Reader reader;
  for (std::string line; std::getline(file, line);) {
    try {
      reader.take(parse_json(line));
    } catch (const FormatError&) {  // Torn, or of another version: the page does without it.
    } catch (const Json::exception&) {
    }
  }
  if (!reader.starts.empty()) reader.close_all();
  return std::move(reader.starts);
}

}  // namespace verdict
