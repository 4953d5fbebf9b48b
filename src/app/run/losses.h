// The table that decides: one cell per (model, task, sample). Every cell is written once, by one
// group or from the journals, and is zero elsewhere, so that the sum over ranks is exact.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/run/job.h"
#include "verdict/results/journal.h"
#include "verdict/results/status.h"

namespace verdict {

class MpiComm;

// Why a model has no losses.
struct ModelFailure {
  Status status = Status::ok;
  std::string reason{};
};

// What is known of each item besides its losses.
struct ItemTiming {
  size_t model = 0;
  bool generation = false;  // Of all tasks, without samples.
  size_t task = 0;
  Range samples{};
  int64_t leader_rank = 0;
  double load_seconds = 0;
  double compute_seconds = 0;
};

class LossTable {
 public:
  explicit LossTable(const Job& job);
  void set(size_t model, size_t task, int64_t sample, double nll, int64_t targets);
  // The sanity generation of a model.
  void set_generated(size_t model, const GeneratedTexts& said);
  void fail(size_t model, const ModelFailure& failure);
  // Forgets the model's failure and cells: what is in the journals of it comes back from there.
  void start_again(size_t model);
  void add_timing(const ItemTiming& timing) { timings_.push_back(timing); }

  // Collective: every rank then knows what has failed on any of them.
  void share_failures(const MpiComm& world);
  // Collective: every rank then holds the whole table.
  void combine(const MpiComm& world);
  // Whether each cell, and the sanity generation, of each model that has not failed was written.
  [[nodiscard]] bool complete() const;
  // Throws SystemError(internal) unless each cell, and the sanity generation, of each model that
  // has not failed was written exactly once.
  void require_complete(const Job& job) const;

  [[nodiscard]] double nll(size_t model, size_t task, int64_t sample) const;
  [[nodiscard]] int64_t targets(size_t model, size_t task, int64_t sample) const;
  // Nothing if there was none.
  [[nodiscard]] const std::optional<GeneratedTexts>& generated(size_t model) const {
    return generated_[model].said;
  }
  [[nodiscard]] const std::optional<ModelFailure>& failure(size_t model) const {
    return failures_[model];
  }
  [[nodiscard]] const std::vector<ItemTiming>& timings() const { return timings_; }

 private:
  struct Generated {
    bool wanted = false;
    int64_t written = 0;  // Times.
    std::optional<GeneratedTexts> said{};
  };
  void combine_generated(const MpiComm& world);
  [[nodiscard]] size_t cell(size_t model, size_t task, int64_t sample) const;
  void combine_timings(const MpiComm& world);

  std::vector<std::vector<size_t>> offsets_{};  // [model][task], where its samples begin.
  std::vector<double> nll_{};
  std::vector<int64_t> targets_{};
  std::vector<int64_t> written_{};
  std::vector<Generated> generated_{};  // [model]
  std::vector<std::optional<ModelFailure>> failures_{};
  std::vector<ItemTiming> timings_{};
};

}  // namespace verdict
