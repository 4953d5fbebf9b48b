#include "app/run/progress.h"

#include <unistd.h>

#include <iostream>

#include "verdict/core/log.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

constexpr std::chrono::seconds kPlainInterval{30};
constexpr std::chrono::milliseconds kRedrawInterval{200};

}  // namespace

Progress::Progress(int64_t total_rows, double tokens_per_row)
    : total_(total_rows),
      tokens_per_row_(tokens_per_row),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      shown_(start_) {}

std::string Progress::line() const {
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double rate = static_cast<double>(done_) / seconds;
  return std::to_string(done_) + "/" + std::to_string(total_) + " rows, " +
         format_fixed(rate * tokens_per_row_, 0) + " tokens/s, " +
         format_duration(static_cast<double>(total_ - done_) / rate) + " left, " + candidate_;
}

void Progress::rows_done(int64_t rows, const std::string& candidate) {
  done_ += rows;
  candidate_ = candidate;
  const auto now = std::chrono::steady_clock::now();
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
  if (done_ > 0) log_info(line());
}

}  // namespace verdict
