// What handing out work costs those who compute, and those who wait.
#pragma once

#include "verdict/comm/mpi_comm.h"

namespace verdict {

// Collective; rank 0 prints. Nothing is measured on one rank: that is said on stderr.
//   all_reduce_microseconds, all_reduce_with_dispatcher_microseconds, dispatcher_ratio: a sum over
//     all ranks as the model does it, without and with the dispatcher's thread, in turn.
//   idle_leader_cpu_share: of a core, in a leader that waits for a unit; the worst rank but 0.
//   idle_rank_cpu_share: the same of one that waits for the others at the end of a phase.
//   dispatcher_cpu_share: in rank 0, whose dispatcher waits for questions.
void bench_dispatcher(const MpiComm& world, int rounds);

}  // namespace verdict
