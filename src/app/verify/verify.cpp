// `verdict verify`.
#include "app/verify/verify.h"

#include <iostream>

#include "app/commands.h"
#include "verdict/core/error.h"
#include "verdict/core/json.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

// A file that is not there is another fault than one that is damaged.
struct Verdicts {
  ExitCode code = ExitCode::ok;
  Json json = Json::array();
  std::string text{};
};

void take(const std::filesystem::path& file, const Verification& v, Verdicts& all) {
  Json facts = Json::object();
  all.text += printable(file.string()) + ": " + v.kind + ", ok\n";
  for (const NamedText& fact : v.facts) {
    facts[fact.name] = fact.text;
    all.text += "  " + fact.name + ": " + printable(fact.text) + "\n";
  }
  all.json.push_back(
      {{"file", file.string()}, {"ok", true}, {"kind", v.kind}, {"facts", facts}, {"problem", ""}});
}

void take_problem(const std::filesystem::path& file, const SystemError& e, Verdicts& all) {
  const bool io = e.code() == ExitCode::io;
  if (all.code != ExitCode::bad_data) all.code = io ? ExitCode::io : ExitCode::bad_data;
  all.text += printable(file.string()) + ": BAD: " + printable(e.what()) + "\n";
  all.json.push_back({{"file", file.string()},
                      {"ok", false},
                      {"kind", nullptr},
                      {"facts", Json::object()},
                      {"problem", e.what()}});
}

}  // namespace

ExitCode run_verify(const VerifyOptions& options) {
  Verdicts all;
  for (const auto& file : options.files) {
    try {
      std::error_code error;
      const bool folder = std::filesystem::is_directory(file, error);
      take(file, folder ? verify_run(file) : verify_file(file, options.competitions), all);
    } catch (const SystemError& e) {
      if (e.code() == ExitCode::internal) throw;
      take_problem(file, e, all);
    }
  }
  if (options.json) {
    std::cout << all.json.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  } else {
    std::cout << all.text;
  }
  return all.code;
}

}  // namespace verdict
