// Which candidates are evaluated at all: the checks that need no forward pass, spread over the
// ranks because each hashes a whole model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/options.h"
#include "app/run/inputs.h"
#include "verdict/comm/mpi_comm.h"
#include "verdict/partition/cost.h"
#include "verdict/results/status.h"

namespace verdict {

// What the checks found about one candidate.
struct Admission {
  Status status = Status::ok;
  std::string reason{};        // Empty if it is admitted.
  std::string content_hash{};  // SHA-256 of the model's files; empty unless admitted.
  std::string stamps{};        // model_stamps() when it was hashed.
  ModelShape shape{};
  uint64_t weight_bytes = 0;  // memory_need() on one rank.
  uint64_t need_bytes = 0;    // Its total.
};

// Collective. What each rank of this node may use of its memory.
[[nodiscard]] uint64_t rank_memory_bytes(const MpiComm& world);

// Collective. In the order of inputs.candidates.candidates; the same on every rank.
[[nodiscard]] std::vector<Admission> admit_candidates(const Inputs& inputs,
                                                      const EvaluateOptions& options,
                                                      const MpiComm& world);

// The competition of a candidate.
[[nodiscard]] size_t competition_of(const Inputs& inputs, const Candidate& candidate);

}  // namespace verdict
