#include "verdict/comm/group.h"

#include <cstdlib>
#include <limits>
#include <map>
#include <utility>

#include "verdict/comm/cuda_device.h"
#include "verdict/comm/staged_communicator.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

std::unique_ptr<Communicator> connect(const MpiComm& control, const std::string& name,
                                      std::chrono::seconds patience, const TensorPath& path) {
  auto over_host = make_mpi_communicator(control.duplicate(), name, patience);
  if (path.kind == TensorPath::Kind::mpi || control.size() == 1) return over_host;
  if (path.kind == TensorPath::Kind::staged) return make_staged_communicator(std::move(over_host));
  const std::string place = host_name() + ", GPU " + std::to_string(path.gpu);
  return make_nccl_communicator(control,
                                {.name = name,
                                 .places = control.all_gather(place),
                                 .device = nccl_device(path.gpu),
                                 .patience = patience},
                                std::move(over_host));
}

}  // namespace

std::vector<Seat> find_seats(const MpiComm& world) {
  const MpiComm node = world.split_by_node();
  const int64_t first_on_node = node.all_reduce_min(world.rank());
  const std::vector<std::string> all =
      world.all_gather(std::to_string(first_on_node) + " " + std::to_string(node.rank()));
  std::vector<Seat> seats;
  std::map<int, int> node_numbers;
  for (size_t r = 0; r < all.size(); ++r) {
    const size_t space = all[r].find(' ');
    const int first_rank = std::stoi(all[r].substr(0, space));
    const auto number =
        node_numbers.try_emplace(first_rank, static_cast<int>(node_numbers.size())).first->second;
    seats.push_back({.world_rank = static_cast<int>(r),
                     .node = number,
                     .local_rank = std::stoi(all[r].substr(space + 1))});
  }
  return seats;
}

std::optional<Group> join_group(const MpiComm& world, const std::vector<int>& groups,
                                std::chrono::seconds patience, const TensorPath& path) {
  const int mine = groups[static_cast<size_t>(world.rank())];
  const auto control = world.split(mine, world.rank());
  if (!control) return std::nullopt;
  const std::string name = "group " + std::to_string(mine) + " on " + host_name();
  return Group{
      .index = mine, .control = *control, .tensors = connect(*control, name, patience, path)};
}

void agree(const MpiComm& group, const std::optional<std::string>& problem) {
  constexpr int64_t kNobody = std::numeric_limits<int64_t>::max();
  const int64_t first = group.all_reduce_min(problem ? group.rank() : kNobody);
  if (first == kNobody) return;
  const std::string text = group.broadcast(problem.value_or(""), static_cast<int>(first));
  throw ModelError(group.size() == 1 ? text
                                     : "rank " + std::to_string(first) + " of the group: " + text);
}

void check_launch(const MpiComm& world) {
  const auto number = [](const char* name) -> std::optional<int> {
    const char* text = std::getenv(name);
    if (text == nullptr || *text == '\0') return std::nullopt;
    return std::atoi(text);
  };
  const auto refuse = [&](const std::string& who, int expected, const std::string& remedy) {
    throw SystemError(ExitCode::usage, who + " started " + std::to_string(expected) +
                                           " ranks, MPI sees " + std::to_string(world.size()) +
                                           ": " + remedy);
  };
  if (const auto ranks = number("OMPI_COMM_WORLD_SIZE")) {
    if (*ranks != world.size()) {
      refuse("mpirun (OMPI_COMM_WORLD_SIZE)", *ranks,
             "type 'which -a mpirun' and start with the one of " + mpi_library_version() +
                 ", which this program uses");
    }
    return;  // Under mpirun inside Slurm the step's own numbers are those of the daemons.
  }
  if (const auto ranks = number("SLURM_STEP_NUM_TASKS")) {
    if (*ranks != world.size()) {
      refuse("srun (SLURM_STEP_NUM_TASKS)", *ranks,
             "type 'srun --mpi=pmix …' ('srun --mpi=list' shows what there is)");
    }
  }
}

}  // namespace verdict
