// How far the run is: one line that is redrawn when stderr is a terminal, a plain line every 30 s
// otherwise; and an event "progress" every 2 s, for who follows the run from elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "app/run/events.h"

namespace verdict {

class Progress {
 public:
  // `total_rows` to compute, each of `tokens_per_row` tokens on average.
  Progress(int64_t total_rows, double tokens_per_row, EventLog& events);
  void rows_done(int64_t rows, const std::string& candidate);
  void finish();  // Ends the redrawn line.

 private:
  [[nodiscard]] double rows_per_second() const;
  [[nodiscard]] std::string line() const;
  void write_event();
  int64_t total_;
  double tokens_per_row_;
  EventLog& events_;
  int64_t done_ = 0;
  bool terminal_;
  bool drawn_ = false;
  std::string candidate_{};
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point shown_;
  std::chrono::steady_clock::time_point told_;
};

}  // namespace verdict
