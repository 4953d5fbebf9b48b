#include "verdict/comm/communicator.h"

#include <utility>

#include "verdict/core/error.h"
#include "verdict/core/range.h"

namespace verdict {
namespace {

class SoloCommunicator final : public Communicator {
 public:
  [[nodiscard]] int rank() const override { return 0; }
  [[nodiscard]] int size() const override { return 1; }
  void all_reduce(at::Tensor&, ReduceOp, Stream) const override {}
  void all_gather(const at::Tensor& mine, at::Tensor& all, Stream) const override {
    all.copy_(mine);
  }
  void broadcast(at::Tensor&, int, Stream) const override {}
  void wait(Deadline) const override {}
  void abort() noexcept override {}
  [[nodiscard]] Traffic traffic() const override { return {}; }
};

std::span<std::byte> bytes_of(at::Tensor& t) {
  return {static_cast<std::byte*>(t.mutable_data_ptr()), t.nbytes()};
}
std::span<const std::byte> bytes_of(const at::Tensor& t) {
  return {static_cast<const std::byte*>(t.const_data_ptr()), t.nbytes()};
}

void require_contiguous(const at::Tensor& t) {
  if (!t.is_contiguous() || !t.device().is_cpu()) {
    throw SystemError("a tensor that crosses MPI must be contiguous and on the CPU");
  }
}

class MpiCommunicator final : public Communicator {
 public:
  MpiCommunicator(MpiComm comm, std::string name, std::chrono::seconds patience)
      : comm_(std::move(comm)),
        rank_(comm_.rank()),
        size_(comm_.size()),
        name_(std::move(name)),
        patience_(patience) {}

  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int size() const override { return size_; }

  void all_reduce(at::Tensor& t, ReduceOp op, Stream) const override {
    require_contiguous(t);
    count(t);
    if (t.scalar_type() == at::kBFloat16) {
      at::Tensor wide = t.to(at::kFloat);
      reduce(wide, op);
      t.copy_(wide);
    } else {
      reduce(t, op);
    }
  }

  void all_gather(const at::Tensor& mine, at::Tensor& all, Stream) const override {
    require_contiguous(mine);
    require_contiguous(all);
    if (all.numel() != mine.numel() * size_ || all.scalar_type() != mine.scalar_type()) {
      throw SystemError("all_gather: the result must hold one tensor a rank");
    }
    count(mine);
    or_abandon({mine, all}, [&] {
      comm_.all_gather_bytes(bytes_of(mine), bytes_of(all), offsets(all), deadline(),
                             name_ + ": all_gather");
    });
  }

  void broadcast(at::Tensor& t, int root, Stream) const override {
    require_contiguous(t);
    count(t);
    or_abandon(
        {t}, [&] { comm_.broadcast_bytes(bytes_of(t), root, deadline(), name_ + ": broadcast"); });
  }

  void wait(Deadline) const override {}  // Every call above returns when done.
  void abort() noexcept override {}      // MPI_Abort is main's.
  [[nodiscard]] Traffic traffic() const override { return traffic_; }

 private:
  void count(const at::Tensor& t) const {
    ++traffic_.calls;
    traffic_.bytes += static_cast<int64_t>(t.nbytes());
  }
  [[nodiscard]] Deadline deadline() const { return deadline_in(patience_); }

  // Byte offsets of the ranks' shares of `t`.
  [[nodiscard]] std::vector<int> offsets(const at::Tensor& t) const {
    std::vector<int> all;
    for (int r = 0; r <= size_; ++r) {
      const int64_t bytes = t.numel() * r / size_ * static_cast<int64_t>(t.element_size());
      if (bytes > INT32_MAX)
        throw SystemError("a tensor of " + std::to_string(t.nbytes()) +
                          " bytes is too large for MPI");
      all.push_back(static_cast<int>(bytes));
    }
    return all;
  }

  // After a missed deadline MPI may still write into the tensors of the call, and a collective that
  // has begun cannot be cancelled: what it may touch is kept for the rest of the (short) life of
  // the process.
  template <class Call>
  void or_abandon(const std::vector<at::Tensor>& touched, const Call& call) const {
    try {
      call();
    } catch (...) {
      static_cast<void>(new std::pair(touched, comm_));
      throw;
    }
  }

  // Piece p of every rank's tensor goes to rank p, which reduces them in rank order; then the
  // pieces go round.
  void reduce(at::Tensor& t, ReduceOp op) const {
    const std::vector<int> out = offsets(t);
    const Range mine = share(t.numel(), rank_, size_);
    at::Tensor pieces = at::empty({size_, mine.size()}, t.options());
    const int piece_bytes = static_cast<int>(mine.size() * static_cast<int64_t>(t.element_size()));
    std::vector<int> in;
    for (int r = 0; r <= size_; ++r) in.push_back(r * piece_bytes);
    const std::string what = name_ + ": all_reduce";
    or_abandon({t, pieces}, [&] {
      comm_.all_to_all(bytes_of(std::as_const(t)), out, bytes_of(pieces), in, deadline(), what);
    });
    at::Tensor sum = pieces[0];
    for (int r = 1; r < size_; ++r) {
      if (op == ReduceOp::sum) {
        sum.add_(pieces[r]);
      } else {
        at::maximum_out(sum, sum, pieces[r]);
      }
    }
    or_abandon({t, pieces}, [&] {
      comm_.all_gather_bytes(bytes_of(std::as_const(sum)), bytes_of(t), out, deadline(), what);
    });
  }

  MpiComm comm_;
  int rank_;
  int size_;
  std::string name_;
  std::chrono::seconds patience_;
  mutable Traffic traffic_{};
};

}  // namespace

std::unique_ptr<Communicator> make_solo_communicator() {
  return std::make_unique<SoloCommunicator>();
}

std::unique_ptr<Communicator> make_mpi_communicator(MpiComm comm, std::string group_name,
                                                    std::chrono::seconds patience) {
  if (comm.size() == 1) return make_solo_communicator();
  return std::make_unique<MpiCommunicator>(std::move(comm), std::move(group_name), patience);
}

}  // namespace verdict
