// What `verdict bench` measured of a machine, for the planner.
#pragma once

#include <filesystem>
#include <string>

#include "verdict/core/json.h"
#include "verdict/partition/cost.h"

namespace verdict {

struct Calibration {
  std::string device = "cpu";  // cpu or cuda.
  std::string name{};          // Of the processor, for people.
  std::string dtype{};         // That it computed with.
  int ranks = 1;               // That summed; the sums of a single one are not known.
  MachineRates rates{};
};

[[nodiscard]] Json calibration_json(const Calibration& calibration);

// Throws SystemError(io) if the file cannot be read, SystemError(usage) naming the file and the key
// if it is no calibration: rates must be finite and above 0.
[[nodiscard]] Calibration read_calibration(const std::filesystem::path& path);

// The rates to plan with: those of the file, or the usual ones of CPUs or GPUs if `path` is empty.
// Throws as read_calibration, and SystemError(usage) if the file is of the other kind of device.
[[nodiscard]] MachineRates rates_for(const std::filesystem::path& path, bool gpu);

}  // namespace verdict
