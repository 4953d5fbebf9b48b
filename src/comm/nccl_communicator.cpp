#include "verdict/comm/nccl_communicator.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include "comm/nccl_check.h"
#include "verdict/core/log.h"

namespace verdict {
namespace {

using Clock = std::chrono::steady_clock;

// A call is taken within microseconds; a hang may be noticed a little later.
constexpr std::chrono::microseconds kPoll{50};

class NcclCommunicator final : public Communicator {
 public:
  NcclCommunicator(const MpiComm& control, NcclOptions options,
                   std::unique_ptr<Communicator> over_host)
      : rank_(control.rank()),
        size_(control.size()),
        options_(std::move(options)),
        over_host_(std::move(over_host)) {
    start(control);
  }

  ~NcclCommunicator() override { end(); }
  NcclCommunicator(const NcclCommunicator&) = delete;
  NcclCommunicator& operator=(const NcclCommunicator&) = delete;

  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int size() const override { return size_; }

  void all_reduce(at::Tensor& t, ReduceOp op, Stream stream) const override {
    if (!is_on_device(t)) return over_host_->all_reduce(t, op, stream);
    if (op == ReduceOp::max) return maximum(t, stream);
    call("all_reduce", t, stream, [&](void* queue) {
      return ncclAllReduce(t.const_data_ptr(), t.mutable_data_ptr(), count_of(t),
                           nccl_type(t.scalar_type()), ncclSum, comm_, as_stream(queue));
    });
  }

  void all_gather(const at::Tensor& mine, at::Tensor& all, Stream stream) const override {
    if (!is_on_device(mine)) return over_host_->all_gather(mine, all, stream);
    require_usable(all);
    if (all.numel() != mine.numel() * size_ || all.scalar_type() != mine.scalar_type()) {
      throw SystemError("all_gather: the result must hold one tensor a rank");
    }
    call("all_gather", mine, stream, [&](void* queue) {
      return ncclAllGather(mine.const_data_ptr(), all.mutable_data_ptr(), count_of(mine),
                           nccl_type(mine.scalar_type()), comm_, as_stream(queue));
    });
  }

  void broadcast(at::Tensor& t, int root, Stream stream) const override {
    if (!is_on_device(t)) return over_host_->broadcast(t, root, stream);
    call("broadcast", t, stream, [&](void* queue) {
      return ncclBroadcast(t.const_data_ptr(), t.mutable_data_ptr(), count_of(t),
                           nccl_type(t.scalar_type()), root, comm_, as_stream(queue));
    });
  }

  void wait(Deadline deadline) const override {
    require_alive();
    while (!options_.device.is_queue_done(last_queue_)) {
      check_state("wait", nccl_state());
      if (Clock::now() > deadline) fail("wait did not end in time");
      std::this_thread::sleep_for(kPoll);
    }
    check_state("wait", nccl_state());
  }

  void abort() noexcept override {
    if (comm_ != nullptr) ncclCommAbort(std::exchange(comm_, nullptr));
  }

  [[nodiscard]] Traffic traffic() const override {
    const Traffic host = over_host_->traffic();
    return {.calls = traffic_.calls + host.calls, .bytes = traffic_.bytes + host.bytes};
  }

 private:
  static cudaStream_t as_stream(void* handle) { return static_cast<cudaStream_t>(handle); }
  static size_t count_of(const at::Tensor& t) { return static_cast<size_t>(t.numel()); }
  [[nodiscard]] bool is_on_device(const at::Tensor& t) const {
    return t.device().type() == options_.device.type;
  }

  void start(const MpiComm& control);
  [[nodiscard]] std::string connect(const std::string& id, ExitCode& code);
  void end() noexcept;

  // Queues one call and returns when NCCL has taken it.
  template <class Call>
  void call(const std::string& what, const at::Tensor& t, Stream stream, const Call& nccl) const {
    require_alive();
    require_usable(t);
    last_queue_ = stream.handle != nullptr ? stream.handle : options_.device.current_stream();
    ncclResult_t state = nccl(last_queue_);
    const Deadline deadline = Clock::now() + options_.patience;
    while (state == ncclInProgress) {  // Until it is taken no other call may follow.
      if (Clock::now() > deadline) fail(what + " was not taken in time");
      std::this_thread::sleep_for(kPoll);
      state = nccl_state();
    }
    check_state(what, state);
    check_state(what, nccl_state());  // A call is taken even when another rank has died.
    ++traffic_.calls;
    traffic_.bytes += static_cast<int64_t>(t.nbytes());
  }

  // What the ranks hold side by side, and then the same maximum in the same order on each.
  void maximum(at::Tensor& t, Stream stream) const {
    at::Tensor all = at::empty({size_, t.numel()}, t.options());
    call("all_reduce", t, stream, [&](void* queue) {
      return ncclAllGather(t.const_data_ptr(), all.mutable_data_ptr(), count_of(t),
                           nccl_type(t.scalar_type()), comm_, as_stream(queue));
    });
    t.copy_(all.amax(0).view_as(t));
  }

  void require_usable(const at::Tensor& t) const {
    if (!t.is_contiguous() || !is_on_device(t)) {
      throw SystemError("a tensor that crosses NCCL must be contiguous and on the device");
    }
  }
  void require_alive() const {
    if (comm_ == nullptr) throw SystemError(ExitCode::again, label() + " was aborted before");
  }
  [[nodiscard]] ncclResult_t nccl_state() const {
    ncclResult_t state = ncclSuccess;
    const ncclResult_t asked = ncclCommGetAsyncError(comm_, &state);
    return asked == ncclSuccess ? state : asked;
  }
  void check_state(const std::string& what, ncclResult_t state) const {
    if (state != ncclSuccess && state != ncclInProgress)
      fail(what + " failed: " + nccl_text(state, comm_));
  }

  // "group 2 (rank 0 on node7, GPU 0; rank 1 on node7, GPU 1)"
  [[nodiscard]] std::string label() const {
    std::string text = options_.name + " (";
    for (size_t r = 0; r < options_.places.size(); ++r) {
      text += (r == 0 ? "rank " : "; rank ") + std::to_string(r) + " on " + options_.places[r];
    }
    return text + ")";
  }
  // Aborts: what others still wait for ends then, too.
  [[noreturn]] void fail(const std::string& problem) const {
    const std::string text =
        label() + ": NCCL: " + problem + "; seen by its rank " + std::to_string(rank_);
    if (comm_ != nullptr) ncclCommAbort(std::exchange(comm_, nullptr));
    throw SystemError(ExitCode::again, text);
  }

  mutable ncclComm_t comm_ = nullptr;  // Null once aborted.
  int rank_;
  int size_;
  NcclOptions options_;
  std::unique_ptr<Communicator> over_host_;
  mutable void* last_queue_ = nullptr;
  mutable Traffic traffic_{};
};

// The leader's id, or why it has none, on every rank; then all connect, and all hear of a failure.
void NcclCommunicator::start(const MpiComm& control) {
  std::string id;
  if (rank_ == 0) {
    ncclUniqueId made{};
    const ncclResult_t result = ncclGetUniqueId(&made);
    id = result == ncclSuccess ? std::string(made.internal, sizeof made.internal)
                               : "no id: " + nccl_text(result, nullptr);
  }
  id = control.broadcast(id, 0);
  ExitCode code = ExitCode::io;
  std::string problem = id.size() == sizeof(ncclUniqueId) ? connect(id, code) : id;
  const auto first_code = control.all_reduce_max(problem.empty() ? 0 : static_cast<int>(code));
  if (first_code == 0) return;
  for (const std::string& text : control.all_gather(problem)) {
    if (!text.empty()) {
      problem = text;
      break;
    }
  }
  abort();
  const char* interface = std::getenv("NCCL_SOCKET_IFNAME");
  throw SystemError(static_cast<ExitCode>(first_code),
                    label() + ": NCCL cannot start: " + problem + "; NCCL_SOCKET_IFNAME is " +
                        (interface == nullptr ? "not set" : interface) +
                        ", NCCL_DEBUG=INFO says which network it tries");
}

// Empty, or what went wrong on this rank.
std::string NcclCommunicator::connect(const std::string& id, ExitCode& code) {
  ncclUniqueId unique{};
  std::memcpy(unique.internal, id.data(), sizeof unique.internal);
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.blocking = 0;
  const Deadline deadline = Clock::now() + options_.start_patience;
  ncclResult_t state = ncclCommInitRankConfig(&comm_, size_, unique, rank_, &config);
  while (state == ncclInProgress) {
    if (Clock::now() > deadline) return "the ranks did not find each other in time";
    std::this_thread::sleep_for(kPoll);
    state = nccl_state();
  }
  if (state != ncclSuccess) {
    code = nccl_start_code(state);
    return nccl_text(state, comm_);
  }
  try {
    at::Tensor one = at::ones({1}, at::TensorOptions(options_.device.type).dtype(at::kFloat));
    all_reduce(one, ReduceOp::sum, {});
    wait(deadline);
    const auto sum = one.item<float>();
    traffic_ = {};
    if (sum != static_cast<float>(size_))
      return "the first all-reduce gave " + std::to_string(sum) + " for " + std::to_string(size_);
  } catch (const SystemError& e) {
    return e.what();
  }
  return {};
}

// Finalize lets what is queued end on all ranks, destroy frees; a communicator in trouble is
// aborted instead, since both would wait for what never comes.
void NcclCommunicator::end() noexcept {
  if (comm_ == nullptr) return;
  try {
    ncclResult_t state = ncclCommFinalize(comm_);
    const Deadline deadline = Clock::now() + options_.start_patience;
    while (state == ncclInProgress && Clock::now() < deadline) {
      std::this_thread::sleep_for(kPoll);
      state = nccl_state();
    }
    if (state == ncclSuccess) {
      ncclCommDestroy(std::exchange(comm_, nullptr));
      return;
    }
    log_warning(label() + ": NCCL did not end in order: " + nccl_text(state, comm_));
  } catch (...) {
    // Only the words of a warning are lost.
  }
  abort();
}

const char* set_unless_there(const char* name, const char* value) {
  ::setenv(name, value, 0);
  return std::getenv(name);
}

}  // namespace

std::unique_ptr<Communicator> make_nccl_communicator(const MpiComm& control, NcclOptions options,
                                                     std::unique_ptr<Communicator> over_host) {
  return std::make_unique<NcclCommunicator>(control, std::move(options), std::move(over_host));
}

std::string fix_nccl_algorithm() {
  int version = 0;
  ncclGetVersion(&version);
  const std::string number = std::to_string(version / 10'000) + "." +
                             std::to_string(version / 100 % 100) + "." +
                             std::to_string(version % 100);
  return "nccl " + number + " " + set_unless_there("NCCL_ALGO", "Ring") + " " +
         set_unless_there("NCCL_PROTO", "Simple");
}

}  // namespace verdict
