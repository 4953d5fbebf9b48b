// One group's part of a phase.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "app/run/job.h"
#include "app/run/losses.h"
#include "app/run/work.h"
#include "verdict/comm/dispatcher.h"
#include "verdict/comm/group.h"
#include "verdict/results/journal.h"

namespace verdict {

class GroupWorker {
 public:
  // `channel` leads to the dispatcher; only the leader uses it, and only the leader writes the
  // journal.
  GroupWorker(const Job& job, const std::vector<CandidateWork>& left, const Plan& plan,
              const WorkOptions& options, const Group& group, const MpiComm& channel,
              int world_rank, LossTable& table);
  // Collective over the group: takes units until nothing is left.
  void run();

 private:
  [[nodiscard]] std::optional<int64_t> next_unit();
  void do_unit(int64_t number);
  void load(size_t model);
  void do_items(size_t model, Range items);
  void do_item(size_t model, const WorkItem& item);
  [[nodiscard]] std::vector<RowLoss> score(size_t model, const WorkItem& item);
  [[nodiscard]] std::optional<std::string> first_failure(size_t model, std::string met);
  [[nodiscard]] bool is_as_checked(size_t model) const;
  // What the leader decides for the whole group before each item.
  enum class Next { item, late, stop };
  [[nodiscard]] Next decide(std::chrono::steady_clock::time_point since) const;
  [[nodiscard]] bool stopping() const;
  [[nodiscard]] TaskData& data_of(size_t competition, size_t task);
  [[nodiscard]] bool agreed(bool leaders) const;
  void give_up_late(size_t model, const std::string& doing);
  void give_up(size_t model, const std::string& event, const ModelFailure& failure);

  const Job& job_;
  const std::vector<CandidateWork>& left_;
  const Plan& plan_;
  const WorkOptions& options_;
  const Group& group_;
  DispatchClient dispatcher_;
  int world_rank_;
  LossTable& table_;

  std::optional<JournalWriter> journal_{};
  std::optional<ModelSession> session_{};
  std::optional<size_t> loaded_{};
  std::map<std::pair<size_t, size_t>, TaskData> data_{};  // Leader only, by competition and task.
  WorkRequest request_{};
};

}  // namespace verdict
