#include "app/doctor/doctor.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "app/doctor/diagnosis.h"
#include "app/run/numerics.h"
#include "verdict/comm/cuda_device.h"
#include "verdict/comm/group.h"
#include "verdict/eval/numerics.h"

namespace verdict {
namespace {

std::string launcher() {
  const auto is_set = [](const char* name) {
    const char* text = std::getenv(name);
    return text != nullptr && *text != '\0';
  };
  // In this order: mpirun inside a Slurm job sets both.
  if (is_set("OMPI_COMM_WORLD_SIZE")) return "mpirun";
  return is_set("SLURM_STEP_NUM_TASKS") ? "srun" : "";
}

std::string launch_problem(const MpiComm& world) {
  try {
    check_launch(world);
    return "";
  } catch (const SystemError& e) {
    return e.what();
  }
}

// Every rank writes where it would, and looks for what the others wrote: rank 0 for that of each,
// each for that of rank 0.
void try_out(const std::filesystem::path& folder, const MpiComm& world, RankFacts& facts) {
  facts.out = look_at_out(folder);
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  const std::string token =
      world.broadcast(std::to_string(::getpid()) + "-" + std::to_string(now), 0);
  const Trace trace(facts.out, token, world.rank());
  const std::vector<std::string> problems = world.all_gather(facts.out.problem);
  if (facts.out.problem.empty()) {
    for (int other = 0; other < world.size(); ++other) {
      const bool is_mine_to_see = other != world.rank() && (other == 0 || world.rank() == 0);
      if (!is_mine_to_see || !problems[static_cast<size_t>(other)].empty()) continue;
      if (!sees_trace(facts.out, token, other)) facts.out.unseen.push_back(other);
    }
  }
  world.barrier_patiently();
}

RankFacts look_around(const DoctorOptions& options, const MpiComm& world) {
  const std::vector<Seat> seats = find_seats(world);
  const Seat& seat = seats[static_cast<size_t>(world.rank())];
  RankFacts facts{.rank = world.rank(),
                  .host = host_name(),
                  .node = seat.node,
                  .local_rank = seat.local_rank,
                  .mpi = mpi_library_version(),
                  .launcher = launcher(),
                  .launch_problem = launch_problem(world),
                  .numerics = numerics_text({.threads = static_cast<int>(options.threads)}),
                  .machine = look_at_machine(),
                  .gpus = look_for_gpus()};
  if (!options.models.empty()) facts.models = look_at_models(options.models);
  if (!options.out.empty()) try_out(options.out, world, facts);
  return facts;
}

}  // namespace

ExitCode run_doctor(const DoctorOptions& options, const MpiComm& world) {
  const std::string mine =
      to_json(look_around(options, world)).dump(-1, ' ', false, Json::error_handler_t::replace);
  std::vector<RankFacts> ranks;
  for (const std::string& text : world.all_gather(mine))
    ranks.push_back(facts_from_json(parse_json(text)));
  const std::vector<Finding> findings = diagnose({.device = options.device,
                                                  .threads = options.threads,
                                                  .gpu_build = !cuda_versions().runtime.empty()},
                                                 ranks);
  if (world.rank() == 0) {
    std::cout << (options.json ? doctor_json(ranks, findings).dump(2) + "\n"
                               : doctor_text(ranks, findings))
              << std::flush;
  }
  world.barrier();  // mpirun ends everybody once one rank has left with a fault.
  return exit_code_of(findings);
}

}  // namespace verdict
