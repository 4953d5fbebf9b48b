// Tensors on GPUs over NCCL. Only in a build with CUDA.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "verdict/comm/communicator.h"

namespace verdict {

// What NCCL needs to know of the device, so that its errors can be tested without one.
struct NcclDevice {
  at::DeviceType type = at::kCUDA;                    // Of the tensors that cross NCCL.
  std::function<void*()> current_stream{};            // Where calls without a stream are queued.
  std::function<bool(void* stream)> is_queue_done{};  // Throws SystemError(again) on a CUDA error.
};

struct NcclOptions {
  std::string name{};                 // "group 2": for messages.
  std::vector<std::string> places{};  // By rank: "node7, GPU 1".
  NcclDevice device{};
  std::chrono::milliseconds start_patience{60'000};  // The bootstrap, and the first all-reduce.
  std::chrono::milliseconds patience{300'000};       // Any call after that.
};

// Collective over `control`, on whose ranks nothing else communicates meanwhile; the device is
// current. NCCL is not blocking: every call is polled, for errors of others as well, until it is
// taken or its time is over; then the communicator is aborted, and every later call throws.
//
// - Sums: NCCL's, in the order of its ring; bfloat16 is rounded after each of its size() − 1
//   additions (over MPI: once). The same bits at each call as long as ring and protocol are
//   (fix_nccl_algorithm).
// - Maxima: an all-gather and a maximum in rank order, since NCCL's own maximum loses NaN.
// - Tensors that are not on the device cross `over_host`.
// - Calls return when they are queued. Who reads a result on the host calls wait() before.
//
// Throws SystemError on every rank with the same text, naming the group, its ranks and their
// places: usage if NCCL refuses the layout (two ranks on one GPU), io if the ranks do not find each
// other. Later calls: again.
[[nodiscard]] std::unique_ptr<Communicator> make_nccl_communicator(
    const MpiComm& control, NcclOptions options, std::unique_ptr<Communicator> over_host);

// Ring and Simple unless the environment has NCCL_ALGO or NCCL_PROTO already: left alone, NCCL
// chooses by size, topology and load. Before any thread starts. Returns the choice with NCCL's
// version, "nccl 2.28.9 Ring Simple": part of the numerics.
std::string fix_nccl_algorithm();

}  // namespace verdict
