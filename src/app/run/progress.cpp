#include "app/run/progress.h"

#include <unistd.h>

#include <iostream>

#include "verdict/core/log.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

constexpr std::chrono::seconds kPlainInterval{30};
constexpr std::chrono::milliseconds kRedrawInterval{200};
constexpr std::chrono::seconds kEventInterval{2};

}  // namespace

Progress::Progress(int64_t total_rows, double tokens_per_row, EventLog& events)
    : total_(total_rows),
      tokens_per_row_(tokens_per_row),
      events_(events),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      shown_(start_),
      told_(start_) {}

double Progress::rows_per_second() const {
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  return static_cast<double>(done_) / seconds;
}

std::string Progress::line() const {
  const double rate = rows_per_second();
  return std::to_string(done_) + "/" + std::to_string(total_) + " rows, " +
         format_fixed(rate * tokens_per_row_, 0) + " tokens/s, " +
         format_duration(static_cast<double>(total_ - done_) / rate) + " left, " + candidate_;
}

void Progress::write_event() {
  const double rate = rows_per_second();
  events_.write("progress", {{"rows_done", done_},
                             {"rows", total_},
                             {"tokens_per_second", rate * tokens_per_row_},
                             {"seconds_left", static_cast<double>(total_ - done_) / rate}});
}

void Progress::rows_done(int64_t rows, const std::string& candidate) {
  done_ += rows;
  candidate_ = candidate;
  const auto now = std::chrono::steady_clock::now();
  if (now - told_ >= kEventInterval) {
    told_ = now;
    write_event();
  }
  if (now - shown_ < (terminal_ ? std::chrono::seconds(0) + kRedrawInterval : kPlainInterval))
    return;
  shown_ = now;
  if (terminal_) {
    std::cerr << "\r\x1b[K" << line() << std::flush;
    drawn_ = true;
  } else {
    log_info(line());
  }
}

void Progress::finish() {
  if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
  if (done_ == 0) return;
  log_info(line());
  write_event();
}

}  // namespace verdict
