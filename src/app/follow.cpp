#include "app/follow.h"

#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "verdict/core/json.h"
#include "verdict/core/table.h"
#include "verdict/results/run_lock.h"

namespace verdict {
namespace {

constexpr std::chrono::milliseconds kLook{200};
constexpr std::chrono::seconds kPlainInterval{30};

// What the events of the last start say.
class RunProgress {
 public:
  void hear(const Json& event) {
    const std::string name = event.value("event", "");
    if (name == "start") *this = RunProgress();
    if (name == "progress") progress_ = event;
    if (name == "unit_started") in_work_[event.at("group")] = event.at("model");
    if (name == "unit_finished" || name == "unit_stopped") in_work_.erase(event.at("group"));
    if (name == "finished") end_ = ExitCode::ok;
    if (name == "stopped") end_ = ExitCode::again;
  }

  [[nodiscard]] const std::optional<ExitCode>& end() const { return end_; }

  [[nodiscard]] std::string line() const {
    std::string text = "checking and planning";
    if (progress_) {
      text = std::to_string(progress_->at("rows_done").get<int64_t>()) + "/" +
             std::to_string(progress_->at("rows").get<int64_t>()) + " rows, " +
             format_fixed(progress_->at("tokens_per_second"), 0) + " tokens/s, " +
             format_duration(progress_->at("seconds_left")) + " left";
    } else if (!in_work_.empty()) {
      text = "loading";
    }
    for (const auto& [group, model] : in_work_) {
      text += (group == in_work_.begin()->first ? "; group " : ", group ") + std::to_string(group) +
              ": " + printable(model);
    }
    return text;
  }

 private:
  std::optional<Json> progress_{};
  std::map<int64_t, std::string> in_work_{};  // Group -> model.
  std::optional<ExitCode> end_{};
};

// The whole lines that were appended since the last call; what is not an event is passed over.
class EventReader {
 public:
  explicit EventReader(std::filesystem::path path) : path_(std::move(path)) {}

  void read_into(RunProgress& progress) {
    std::ifstream in(path_);
    in.seekg(offset_);
    std::string line;
    while (std::getline(in, line) && !in.eof()) {
      offset_ += static_cast<std::streamoff>(line.size()) + 1;
      try {
        progress.hear(parse_json(line));
      } catch (const std::exception&) {
        continue;  // Torn by a kill, and the next start appended to it.
      }
    }
  }

 private:
  std::filesystem::path path_;
  std::streamoff offset_ = 0;
};

// The line, redrawn; or at most one in 30 s and only a new one.
class Display {
 public:
  void show(const std::string& line) {
    const auto now = std::chrono::steady_clock::now();
    if (line == shown_ || (!terminal_ && !shown_.empty() && now - when_ < kPlainInterval)) return;
    shown_ = line;
    when_ = now;
    std::cerr << (terminal_ ? "\r\x1b[K" + line : line + "\n") << std::flush;
  }
  void say(const std::string& line) const {
    std::cerr << (terminal_ && !shown_.empty() ? "\r\x1b[K" : "") << line << std::endl;
  }

 private:
  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  std::string shown_{};
  std::chrono::steady_clock::time_point when_{};
};

void wait_for_events(const std::filesystem::path& events, double patience_seconds,
                     Display& display) {
  const auto start = std::chrono::steady_clock::now();
  while (!std::filesystem::exists(events)) {
    const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - start;
    if (waited.count() >= patience_seconds) {
      throw SystemError(ExitCode::io, "no run began in " + events.parent_path().string() +
                                          " within " + format_duration(patience_seconds) +
                                          " (there is no " + events.string() + ")");
    }
    display.show("waiting for a run in " + events.parent_path().string());
    std::this_thread::sleep_for(kLook);
  }
}

}  // namespace

ExitCode follow_run(const std::filesystem::path& run, double patience_seconds) {
  Display display;
  wait_for_events(run / "events.jsonl", patience_seconds, display);
  EventReader events(run / "events.jsonl");
  RunProgress progress;
  while (true) {
    const bool alive = has_owner(run);  // Before the events: who is gone has written its last.
    events.read_into(progress);
    if (progress.end() && !alive) break;
    if (!alive) {
      display.say("the run in " + run.string() +
                  " ended without a word (killed?): run its verdict evaluate line again to go on");
      return ExitCode::again;
    }
    display.show(progress.line());
    std::this_thread::sleep_for(kLook);
  }
  if (*progress.end() == ExitCode::again) {
    display.say("the run in " + run.string() +
                " was stopped before the end: run its verdict evaluate line again to go on");
  }
  return *progress.end();
}

}  // namespace verdict
