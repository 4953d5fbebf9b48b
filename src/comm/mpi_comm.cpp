#include "verdict/comm/mpi_comm.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <string>

#include "comm/mpi_state.h"
#include "comm/nap.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

int as_count(size_t n, const char* what) {
  if (n > static_cast<size_t>(INT_MAX)) {
    throw SystemError(std::string(what) + " of " + std::to_string(n) +
                      " elements is beyond MPI's int counts");
  }
  return static_cast<int>(n);
}

std::vector<int> lengths(std::span<const int> offsets) {
  std::vector<int> all;
  for (size_t i = 0; i + 1 < offsets.size(); ++i) all.push_back(offsets[i + 1] - offsets[i]);
  return all;
}

void sleep_until_done(MPI_Request& request) {
  Nap nap;
  for (int done = 0; done == 0;) {
    check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE));
    if (done == 0) nap.sleep();
  }
}

MpiComm adopt(MPI_Comm comm) { return MpiComm(std::make_shared<MpiComm::State>(comm, true)); }

}  // namespace

Deadline deadline_in(std::chrono::seconds time) { return std::chrono::steady_clock::now() + time; }

void check_mpi(int code, std::source_location at) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw SystemError(ExitCode::io, std::string("MPI: ") + text.data() + " (" + at.file_name() + ":" +
                                      std::to_string(at.line()) + ", " + at.function_name() + ")");
}

void wait_until(MPI_Request& request, Deadline deadline, const std::string& what,
                std::source_location at) {
  for (int polls = 0;; ++polls) {
    int done = 0;
    check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), at);
    if (done != 0) return;
    if (polls % 64 == 63) {
      // With more ranks than cores the one we wait for may need this core.
      sched_yield();
      if (std::chrono::steady_clock::now() > deadline) {
        throw SystemError(ExitCode::io,
                          what + " did not end in time: a rank of the group hangs or has died (" +
                              at.function_name() + ")");
      }
    }
  }
}

MpiComm::State::~State() {
  int finalized = 0;
  MPI_Finalized(&finalized);
  if (owned && finalized == 0 && comm != MPI_COMM_NULL) MPI_Comm_free(&comm);
}

int MpiComm::rank() const {
  int rank = 0;
  check_mpi(MPI_Comm_rank(state_->comm, &rank));
  return rank;
}

int MpiComm::size() const {
  int size = 0;
  check_mpi(MPI_Comm_size(state_->comm, &size));
  return size;
}

std::optional<MpiComm> MpiComm::split(int color, int key) const {
  MPI_Comm part = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split(state_->comm, color < 0 ? MPI_UNDEFINED : color, key, &part));
  if (part == MPI_COMM_NULL) return std::nullopt;
  return adopt(part);
}

MpiComm MpiComm::split_by_node() const {
  MPI_Comm node = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(state_->comm, MPI_COMM_TYPE_SHARED, rank(), MPI_INFO_NULL, &node));
  return adopt(node);
}

MpiComm MpiComm::duplicate() const {
  MPI_Comm copy = MPI_COMM_NULL;
  check_mpi(MPI_Comm_dup(state_->comm, &copy));
  return adopt(copy);
}

void MpiComm::barrier() const { check_mpi(MPI_Barrier(state_->comm)); }

std::string MpiComm::broadcast(const std::string& text, int root) const {
  int64_t length = static_cast<int64_t>(text.size());
  check_mpi(MPI_Bcast(&length, 1, MPI_INT64_T, root, state_->comm));
  std::string copy = rank() == root ? text : std::string(static_cast<size_t>(length), '\0');
  check_mpi(MPI_Bcast(copy.data(), as_count(copy.size(), "a broadcast text"), MPI_CHAR, root,
                      state_->comm));
  return copy;
}

void MpiComm::barrier_patiently() const {
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Ibarrier(state_->comm, &request));
  sleep_until_done(request);
}

std::string MpiComm::broadcast_patiently(const std::string& text, int root) const {
  barrier_patiently();
  return broadcast(text, root);
}

std::vector<std::string> MpiComm::all_gather(const std::string& text) const {
  const auto ranks = static_cast<size_t>(size());
  const int mine = as_count(text.size(), "a gathered text");
  std::vector<int> counts(ranks);
  check_mpi(MPI_Allgather(&mine, 1, MPI_INT, counts.data(), 1, MPI_INT, state_->comm));
  std::vector<int> offsets(ranks, 0);
  size_t total = 0;
  for (size_t i = 0; i < ranks; ++i) {
    offsets[i] = as_count(total, "the gathered texts");
    total += static_cast<size_t>(counts[i]);
  }
  std::string all(total, '\0');
  check_mpi(MPI_Allgatherv(text.data(), mine, MPI_CHAR, all.data(), counts.data(), offsets.data(),
                           MPI_CHAR, state_->comm));
  std::vector<std::string> texts;
  for (size_t i = 0; i < ranks; ++i) {
    texts.push_back(all.substr(static_cast<size_t>(offsets[i]), static_cast<size_t>(counts[i])));
  }
  return texts;
}

void MpiComm::all_reduce_sum(std::span<double> values) const {
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, values.data(), as_count(values.size(), "a reduction"),
                          MPI_DOUBLE, MPI_SUM, state_->comm));
}

void MpiComm::all_reduce_sum(std::span<int64_t> values) const {
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, values.data(), as_count(values.size(), "a reduction"),
                          MPI_INT64_T, MPI_SUM, state_->comm));
}

int64_t MpiComm::all_reduce_max(int64_t value) const {
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_INT64_T, MPI_MAX, state_->comm));
  return value;
}

int64_t MpiComm::all_reduce_min(int64_t value) const {
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_INT64_T, MPI_MIN, state_->comm));
  return value;
}

void MpiComm::broadcast_bytes(std::span<std::byte> bytes, int root, Deadline deadline,
                              const std::string& what) const {
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Ibcast(bytes.data(), as_count(bytes.size(), "a broadcast"), MPI_BYTE, root,
                       state_->comm, &request));
  wait_until(request, deadline, what);
}

void MpiComm::all_to_all(std::span<const std::byte> send, std::span<const int> send_offsets,
                         std::span<std::byte> receive, std::span<const int> receive_offsets,
                         Deadline deadline, const std::string& what) const {
  const std::vector<int> send_lengths = lengths(send_offsets);
  const std::vector<int> receive_lengths = lengths(receive_offsets);
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Ialltoallv(send.data(), send_lengths.data(), send_offsets.data(), MPI_BYTE,
                           receive.data(), receive_lengths.data(), receive_offsets.data(), MPI_BYTE,
                           state_->comm, &request));
  wait_until(request, deadline, what);
}

void MpiComm::all_gather_bytes(std::span<const std::byte> mine, std::span<std::byte> all,
                               std::span<const int> offsets, Deadline deadline,
                               const std::string& what) const {
  const std::vector<int> counts = lengths(offsets);
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Iallgatherv(mine.data(), as_count(mine.size(), "a gather"), MPI_BYTE, all.data(),
                            counts.data(), offsets.data(), MPI_BYTE, state_->comm, &request));
  wait_until(request, deadline, what);
}

void MpiComm::send(std::span<const int64_t> words, int destination, int tag) const {
  check_mpi(MPI_Send(words.data(), as_count(words.size(), "a message"), MPI_INT64_T, destination,
                     tag, state_->comm));
}

std::optional<MpiComm::Message> MpiComm::try_receive(int tag) const {
  int waiting = 0;
  MPI_Message handle = MPI_MESSAGE_NULL;
  MPI_Status status{};
  check_mpi(MPI_Improbe(MPI_ANY_SOURCE, tag, state_->comm, &waiting, &handle, &status));
  if (waiting == 0) return std::nullopt;
  int words = 0;
  check_mpi(MPI_Get_count(&status, MPI_INT64_T, &words));
  Message message{.source = status.MPI_SOURCE,
                  .words = std::vector<int64_t>(static_cast<size_t>(words))};
  check_mpi(MPI_Mrecv(message.words.data(), words, MPI_INT64_T, &handle, MPI_STATUS_IGNORE));
  return message;
}

}  // namespace verdict
