#include "verdict/comm/staged_communicator.h"

#include <utility>

namespace verdict {
namespace {

class StagedCommunicator final : public Communicator {
 public:
  explicit StagedCommunicator(std::unique_ptr<Communicator> over_host)
      : over_host_(std::move(over_host)) {}

  [[nodiscard]] int rank() const override { return over_host_->rank(); }
  [[nodiscard]] int size() const override { return over_host_->size(); }

  void all_reduce(at::Tensor& t, ReduceOp op, Stream stream) const override {
    at::Tensor host = on_host(t);
    over_host_->all_reduce(host, op, stream);
    t.copy_(host);
  }

  void all_gather(const at::Tensor& mine, at::Tensor& all, Stream stream) const override {
    at::Tensor everything = room_like(all);
    over_host_->all_gather(on_host(mine), everything, stream);
    all.copy_(everything);
  }

  void broadcast(at::Tensor& t, int root, Stream stream) const override {
    at::Tensor host = rank() == root ? on_host(t) : room_like(t);
    over_host_->broadcast(host, root, stream);
    t.copy_(host);
  }

  void wait(Deadline deadline) const override { over_host_->wait(deadline); }
  void abort() noexcept override { over_host_->abort(); }
  [[nodiscard]] Traffic traffic() const override { return over_host_->traffic(); }

 private:
  // Pinned where a GPU copies: nothing else has its speed.
  static at::Tensor room_like(const at::Tensor& t) {
    return at::empty(t.sizes(),
                     at::TensorOptions(at::kCPU).dtype(t.scalar_type()).pinned_memory(t.is_cuda()));
  }
  // The copy is queued behind what computes `t`, and is done when it returns.
  static at::Tensor on_host(const at::Tensor& t) { return room_like(t).copy_(t); }

  std::unique_ptr<Communicator> over_host_;
};

}  // namespace

std::unique_ptr<Communicator> make_staged_communicator(std::unique_ptr<Communicator> over_host) {
  return std::make_unique<StagedCommunicator>(std::move(over_host));
}

}  // namespace verdict
