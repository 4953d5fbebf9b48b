// `verdict`: everything that needs neither torch nor MPI, so that it answers at once on a login
// node. For evaluate, bench and doctor it becomes `verdict-eval`, which lies beside it.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "app/commands.h"
#include "verdict/core/error.h"
#include "verdict/core/log.h"
#include "verdict/hdf5/library.h"

namespace verdict {
namespace {

int become_verdict_eval(char** argv) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path program = self.parent_path() / "verdict-eval";
  ::execv(program.c_str(), argv);
  std::cerr << "verdict: cannot start " << program.string() << ": " << std::strerror(errno)
            << "; it must lie beside verdict\n";
  return static_cast<int>(ExitCode::usage);
}

int run(int argc, char** argv) {
  const Command command = parse_command_line(argc, argv);
  if (const auto* done = std::get_if<NothingMore>(&command)) return done->exit_code;
  if (std::holds_alternative<EvaluateOptions>(command) ||
      std::holds_alternative<BenchOptions>(command) ||
      std::holds_alternative<DoctorOptions>(command)) {
    return become_verdict_eval(argv);
  }
  set_up_log({});
  prepare_hdf5();
  if (const auto* o = std::get_if<CheckOptions>(&command)) return static_cast<int>(run_check(*o));
  if (const auto* o = std::get_if<InspectOptions>(&command))
    return static_cast<int>(run_inspect(*o));
  if (const auto* o = std::get_if<ScoreOptions>(&command)) return static_cast<int>(run_score(*o));
  if (const auto* o = std::get_if<ConsensusOptions>(&command))
    return static_cast<int>(run_consensus(*o));
  if (const auto* o = std::get_if<MergeOptions>(&command)) return static_cast<int>(run_merge(*o));
  if (const auto* o = std::get_if<PlanOptions>(&command)) return static_cast<int>(run_plan(*o));
  if (const auto* o = std::get_if<PublishOptions>(&command))
    return static_cast<int>(run_publish(*o));
  if (const auto* o = std::get_if<CompareOptions>(&command))
    return static_cast<int>(run_compare(*o));
  if (const auto* o = std::get_if<VerifyOptions>(&command)) return static_cast<int>(run_verify(*o));
  if (const auto* o = std::get_if<ReportOptions>(&command)) return static_cast<int>(run_report(*o));
  return static_cast<int>(run_synth(std::get<SynthesisOptions>(command)));
}

}  // namespace
}  // namespace verdict

int main(int argc, char** argv) {
  try {
    return verdict::run(argc, argv);
  } catch (const verdict::SystemError& e) {
    std::cerr << "verdict: " << e.what() << "\n";
    return static_cast<int>(e.code());
  } catch (const std::exception& e) {
    std::cerr << "verdict: internal error: " << e.what() << "\n";
    return static_cast<int>(verdict::ExitCode::internal);
  }
}
