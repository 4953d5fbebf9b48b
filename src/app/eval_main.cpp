// `verdict-eval`: the commands that need torch and MPI. Users type `verdict`, which becomes this
// program.
#include <iostream>
#include <optional>

#include "app/bench/bench.h"
#include "app/doctor/doctor.h"
#include "app/options.h"
#include "app/run/evaluate.h"
#include "app/run/share.h"
#include "app/run/stop.h"
#include "verdict/comm/group.h"
#include "verdict/comm/mpi_comm.h"
#include "verdict/core/log.h"
#include "verdict/eval/session.h"
#include "verdict/hdf5/library.h"

namespace verdict {
namespace {

int run_in(const MpiSession& mpi, const Command& command, StopSignal* stop) {
  const MpiComm& world = mpi.world();
  set_up_log({.rank = world.rank(), .ranks = world.size()});
  prepare_hdf5();
  try {
    if (const auto* o = std::get_if<DoctorOptions>(&command))
      return static_cast<int>(run_doctor(*o, world));  // It explains a wrong launch.
    check_launch(world);
    if (const auto* o = std::get_if<BenchOptions>(&command)) return static_cast<int>(run_bench(*o));
    const auto& options = std::get<EvaluateOptions>(command);
    set_up_compute({.threads = options.threads.value_or(1)});
    const StopListener listener(*stop, std::chrono::duration<double>(options.grace_seconds),
                                [&mpi] {
                                  log_info("the grace time is over: what is in work is dropped");
                                  mpi.abort(static_cast<int>(ExitCode::again));
                                });
    return static_cast<int>(run_evaluate(options, world, *stop));
  } catch (const QuietExit& e) {
    return static_cast<int>(e.code());
  } catch (const SharedError& e) {
    std::cerr << "verdict: " << e.what() << std::endl;
    return static_cast<int>(e.code());
  }
}

int run(int argc, char** argv) {
  const Command command = parse_command_line(argc, argv);
  if (const auto* done = std::get_if<NothingMore>(&command)) return done->exit_code;
  try {
    // Only a run can be stopped in order; any other command ends as any program does.
    std::optional<StopSignal> stop;
    if (std::holds_alternative<EvaluateOptions>(command)) stop.emplace();
    const MpiSession mpi(&argc, &argv);
    // A rank that leaves alone would leave the others waiting; what every rank knows (see
    // from_rank_zero) ends in order.
    const auto fail = [&](const std::string& text, ExitCode code) {
      std::cerr << "verdict: rank " << mpi.world().rank() << " on " << host_name() << ": " << text
                << std::endl;
      if (mpi.world().size() > 1) mpi.abort(static_cast<int>(code));
      return static_cast<int>(code);
    };
    try {
      return run_in(mpi, command, stop ? &*stop : nullptr);
    } catch (const SystemError& e) {
      return fail(e.what(), e.code());
    } catch (const std::exception& e) {
      const std::string text =
          e.what();  // ATen's errors carry a stack trace; the first line says what happened.
      return fail("internal error: " + text.substr(0, text.find('\n')), ExitCode::internal);
    }
  } catch (const SystemError& e) {
    std::cerr << "verdict: " << e.what() << std::endl;
    return static_cast<int>(e.code());
  }
}

}  // namespace
}  // namespace verdict

int main(int argc, char** argv) { return verdict::run(argc, argv); }
