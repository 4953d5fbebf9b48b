#include <iostream>

#include "app/commands.h"
#include "app/score/overrides.h"
#include "app/score/rescore.h"
#include "app/score/step_case.h"
#include "app/score/step_tables.h"
#include "verdict/core/file.h"
#include "verdict/core/log.h"
#include "verdict/core/table.h"
#include "verdict/results/run_folder.h"

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

bool is_hdf5(const std::filesystem::path& path) {
  return read_text(path).starts_with("\x89HDF\r\n\x1a\n");
}

std::filesystem::path finished_results(const std::filesystem::path& folder) {
  const std::filesystem::path file = RunFolder::open(folder).results();
  if (file_exists(file)) return file;
  throw SystemError(ExitCode::io, "the run in " + folder.string() +
                                      " is not finished: run its verdict evaluate line again to "
                                      "go on");
}

ExitCode score_run(const std::filesystem::path& results, const ScoreOptions& options) {
  const Rescored rescored = rescore(results, options);
  std::cout << (options.json ? rescored_json(rescored).dump(2) + "\n" : rescored_tables(rescored));
  return ExitCode::ok;
}

}  // namespace

ExitCode run_score(const ScoreOptions& options) {
  if (std::filesystem::is_directory(options.file))
    return score_run(finished_results(options.file), options);
  if (is_hdf5(options.file)) return score_run(options.file, options);
  if (options.rows || options.seed || options.allow_missing_tasks) {
    throw SystemError(ExitCode::usage,
                      "--rows, --seed and --allow-missing-tasks are for a run, and " +
                          options.file.string() + " is none");
  }
  return score_step(options);
}

}  // namespace verdict
