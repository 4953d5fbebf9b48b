// Logging on stderr with the rank. Results go to files and stdout, never here.
#pragma once

#include <string>

namespace verdict {

struct LogOptions {
  int rank = 0;
  int ranks = 1;
  bool quiet = false;
};
void set_up_log(const LogOptions& options);

void log_info(const std::string& text);
void log_warning(const std::string& text);
void log_error(const std::string& text);

}  // namespace verdict
