// The middle of a run: groups take units, hold one model after the other, and write down what they
// compute.
#pragma once

#include "app/run/evaluate_options.h"
#include "app/run/events.h"
#include "app/run/job.h"
#include "app/run/losses.h"
#include "app/run/stop.h"
#include "verdict/comm/group.h"
#include "verdict/comm/mpi_comm.h"
#include "verdict/partition/plan.h"

namespace verdict {

struct WorkOptions {
  std::filesystem::path journal{};
  std::filesystem::path model_root{};
  bool across_nodes = false;
  double model_timeout_seconds = 550;
  const StopSignal* stop = nullptr;
  int64_t attempt = 0;     // Number of this try, noted with every failure; 0: not known yet.
  bool load_ahead = true;  // Read the next model while one computes, if both have room.
  uint64_t rank_memory_bytes = 0;  // What a rank may use of its device.
  at::Device device = at::kCPU;    // Of this rank.
  TensorPath tensors{};            // How the tensors of a group reach its ranks.
  double read_bytes_per_s = 0;     // A rank reads weights no faster; 0: as fast as it goes.
};

// Collective, before anything is written. Ends the job with exit code 64 if a model's TP degree is
// more than the ranks of every node.
void require_groups(const Job& job, bool across_nodes, const MpiComm& world);

// Collective. Does all of `left` (the same on every rank), one phase per TP degree, and puts the
// results of this rank's group into `table`. `events` is rank 0's, null elsewhere.
void do_work(const Job& job, const std::vector<CandidateWork>& left, const WorkOptions& options,
             const MpiComm& world, EventLog* events, LossTable& table);

}  // namespace verdict
