// `verdict doctor`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace CLI {
class App;
}

namespace verdict {

struct DoctorOptions {
  std::filesystem::path out{};     // The run folder to be; empty: not looked at.
  std::filesystem::path models{};  // The folder of the models; empty: not looked at.
  std::string device = "auto";
  int64_t threads = 1;  // Per rank.
  bool json = false;
};

void add_doctor(CLI::App& app, DoctorOptions& options);

}  // namespace verdict
