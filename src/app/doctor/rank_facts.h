// All that one rank has found, and the way from rank to rank.
#pragma once

#include <cstdint>
#include <string>

#include "app/doctor/gpus.h"
#include "app/doctor/machine.h"
#include "app/doctor/storage.h"
#include "verdict/core/json.h"

namespace verdict {

struct RankFacts {
  int64_t rank = 0;
  std::string host{};
  int64_t node = 0;  // Ranks of one node share memory (MPI_Comm_split_type).
  int64_t local_rank = 0;
  std::string mpi{};       // "Open MPI v4.1.4"
  std::string launcher{};  // "mpirun", "srun", or empty: started alone.
  // What is wrong with the number of ranks, with the line to type; empty: nothing.
  std::string launch_problem{};
  std::string numerics{};  // numerics_text()
  Machine machine{};
  GpuReport gpus{};
  FolderFacts out{};
  FolderFacts models{};
};

[[nodiscard]] Json to_json(const RankFacts& facts);
// Throws nlohmann's exceptions for anything that to_json did not write.
[[nodiscard]] RankFacts facts_from_json(const Json& json);

}  // namespace verdict
