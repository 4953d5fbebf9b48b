// What the planner wants to know of this machine.
#pragma once

#include "app/run/calibration.h"
#include "verdict/comm/communicator.h"
#include "verdict/comm/mpi_comm.h"

namespace verdict {

// Collective over the ranks of `tensors`: a small sum and a large one tell what a sum costs however
// small it is, and what its bytes cost. Prints sum_microseconds and sum_bytes_per_second on rank 0
// (bus bandwidth: 2 (n − 1) / n of the tensor cross the slowest link); nothing on one rank.
void measure_sums(const Communicator& tensors, at::Device device, int rounds,
                  Calibration& calibration);

// FLOP and bytes a second of the model in `folder`, from tokens a second on rows of `length` and
// from the seconds of its load, with this process's numerics.
void measure_model(const std::filesystem::path& folder, int64_t length, double tokens_per_second,
                   double load_seconds, Calibration& calibration);

}  // namespace verdict
