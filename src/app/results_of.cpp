#include "app/results_of.h"

#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/results/results_file.h"
#include "verdict/results/run_folder.h"

namespace verdict {

std::filesystem::path results_path(const std::filesystem::path& run_or_file) {
  const bool folder = std::filesystem::is_directory(run_or_file);
  const std::filesystem::path file = folder ? RunFolder::open(run_or_file).results() : run_or_file;
  if (file_exists(file)) return file;
  throw SystemError(ExitCode::io,
                    folder ? "the run in " + run_or_file.string() +
                                 " is not finished: run its verdict evaluate line again to go on"
                           : file.string() + " does not exist");
}

ResultsContent results_of(const std::filesystem::path& run_or_file) {
  return read_results(results_path(run_or_file));
}

}  // namespace verdict
