#include "verdict/core/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace verdict {

void set_up_log(const LogOptions& options) {
  auto logger = spdlog::stderr_logger_mt("verdict-rank-" + std::to_string(options.rank));
  const std::string rank = options.ranks > 1 ? " rank " + std::to_string(options.rank) : "";
  logger->set_pattern("%H:%M:%S" + rank + " %l: %v");
  logger->set_level(options.quiet ? spdlog::level::warn : spdlog::level::info);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(logger);
}

void log_info(const std::string& text) { spdlog::info("{}", text); }
void log_warning(const std::string& text) { spdlog::warn("{}", text); }
void log_error(const std::string& text) { spdlog::error("{}", text); }

}  // namespace verdict
