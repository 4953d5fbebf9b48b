#include "app/run/calibration.h"

#include <cmath>

#include "verdict/core/error.h"
#include "verdict/core/file.h"

namespace verdict {
namespace {

constexpr const char* kSchema = "verdict-calibration-1";

double rate(const Json& json, const char* key) {
  const Json& value = json.at(key);
  const double number = value.is_number() ? value.get<double>() : 0;
  if (!std::isfinite(number) || number <= 0)
    throw FormatError(std::string(key) + " must be a number above 0, found " + value.dump());
  return number;
}

Calibration calibration_from(const Json& json) {
  if (!json.is_object() || json.value("schema", "") != kSchema)
    throw FormatError(std::string("expected schema '") + kSchema + "'");
  Calibration c{.device = json.at("device").get<std::string>(),
                .name = json.at("name").get<std::string>(),
                .dtype = json.at("dtype").get<std::string>(),
                .ranks = json.at("ranks").get<int>()};
  if (c.device != "cpu" && c.device != "cuda")
    throw FormatError("device must be cpu or cuda, found '" + c.device + "'");
  c.rates.flop = rate(json, "flop_per_second");
  c.rates.load_bytes = rate(json, "load_bytes_per_second");
  // One rank alone sums nothing: then what such devices usually do.
  const MachineRates usual = c.device == "cuda" ? kGpuRates : MachineRates{};
  c.rates.all_reduce_seconds =
      c.ranks > 1 ? rate(json, "all_reduce_seconds") : usual.all_reduce_seconds;
  c.rates.all_reduce_bytes =
      c.ranks > 1 ? rate(json, "all_reduce_bytes_per_second") : usual.all_reduce_bytes;
  return c;
}

}  // namespace

Json calibration_json(const Calibration& c) {
  const auto of_sums = [&](double value) { return c.ranks > 1 ? Json(value) : Json(); };
  return {{"schema", kSchema},
          {"device", c.device},
          {"name", c.name},
          {"dtype", c.dtype},
          {"ranks", c.ranks},
          {"flop_per_second", c.rates.flop},
          {"load_bytes_per_second", c.rates.load_bytes},
          {"all_reduce_seconds", of_sums(c.rates.all_reduce_seconds)},
          {"all_reduce_bytes_per_second", of_sums(c.rates.all_reduce_bytes)}};
}

Calibration read_calibration(const std::filesystem::path& path) {
  const std::string text = read_text(path);
  try {
    return calibration_from(parse_json(text));
  } catch (const FormatError& e) {
    throw SystemError(ExitCode::usage, path.string() + ": " + e.what());
  } catch (const Json::exception& e) {
    throw SystemError(ExitCode::usage, path.string() + ": " + e.what());
  }
}

MachineRates rates_for(const std::filesystem::path& path, bool gpu) {
  if (path.empty()) return gpu ? kGpuRates : MachineRates{};
  const Calibration calibration = read_calibration(path);
  if ((calibration.device == "cuda") == gpu) return calibration.rates;
  throw SystemError(ExitCode::usage, path.string() + ": was measured on " + calibration.device +
                                         " (" + calibration.name + "), this plan is for " +
                                         (gpu ? "GPUs" : "CPUs"));
}

}  // namespace verdict
