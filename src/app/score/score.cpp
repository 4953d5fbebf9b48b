#include <iostream>

#include "app/commands.h"
#include "app/score/overrides.h"
#include "app/score/step_case.h"
#include "app/score/step_tables.h"
#include "verdict/core/file.h"
#include "verdict/core/log.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

StepCase read_step_case(const std::filesystem::path& path) {
  try {
    std::vector<std::string> unknown;
    StepCase step_case = parse_step_case(parse_json(read_text(path)), unknown);
    for (const std::string& key : unknown)
      log_warning(path.string() + ": key '" + printable(key) + "' is not known and is ignored");
    return step_case;
  } catch (const FormatError& e) {
    throw SystemError(ExitCode::bad_data, path.string() + ": " + e.what());
  }
}

ExitCode score_step(const ScoreOptions& options) {
  StepCase step_case = read_step_case(options.file);
  override_case(step_case, options);
  const Json played = play(step_case, rules_of_name(options.rules.value_or("hardened")));
  std::cout << (options.json ? played.dump(2) + "\n" : step_tables(played));
  return ExitCode::ok;
}

}  // namespace

ExitCode run_score(const ScoreOptions& options) { return score_step(options); }

}  // namespace verdict
