#include <iostream>

#include "app/commands.h"
#include "app/consensus/agreement_report.h"
#include "app/consensus/epoch_tables.h"
#include "verdict/consensus/epoch_file.h"
#include "verdict/core/file.h"

namespace verdict {
namespace {

SubnetState read_epoch(const std::filesystem::path& path) {
  const std::string text = read_text(path);
  try {
    return parse_epoch(text);
  } catch (const FormatError& e) {
    throw SystemError(ExitCode::bad_data, path.string() + ": " + e.what());
  }
}

ExitCode compare(const ConsensusOptions& options) {
  const OperatorsInput input = read_operators(options.stakes, options.files);
  const Agreement agreement = compare_operators(input.operators);
  if (options.json) {
    std::cout
        << agreement_json(input, agreement).dump(2, ' ', false, Json::error_handler_t::replace)
        << "\n";
  } else {
    std::cout << agreement_tables(input, agreement);
  }
  return ExitCode::ok;
}

}  // namespace

ExitCode run_consensus(const ConsensusOptions& options) {
  if (!options.stakes.empty()) return compare(options);
  if (options.files.size() != 1) {
    throw SystemError(ExitCode::usage, "expected one epoch file, found " +
                                           std::to_string(options.files.size()) +
                                           "; several weights.json need --stakes");
  }
  const SubnetState state = read_epoch(options.files.front());
  const EpochResult result = run_epoch(state);
  if (options.json) {
    std::cout << epoch_json(result).dump() << "\n";
  } else {
    std::cout << epoch_tables(state, result);
  }
  return ExitCode::ok;
}

}  // namespace verdict
