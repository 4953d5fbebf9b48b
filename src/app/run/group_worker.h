// One group's part of a phase.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <vector>

#include "app/run/group_model.h"
#include "app/run/job.h"
#include "app/run/losses.h"
#include "app/run/work.h"
#include "verdict/comm/dispatcher.h"
#include "verdict/comm/group.h"
#include "verdict/eval/session.h"
#include "verdict/results/journal.h"

namespace verdict {

class GroupWorker {
 public:
  // `channel` leads to the dispatcher; only the leader uses it, and only the leader writes the
  // journal.
  GroupWorker(const Job& job, const std::vector<CandidateWork>& left, const Plan& plan,
              const WorkOptions& options, const Group& group, const MpiComm& channel,
              int world_rank, LossTable& table);
  // Collective over the group: takes units until nothing is left, and knows the next one ahead, so
  // that its model is read while this one computes. What the device no longer does ends the job
  // with SystemError(again); the model in work is noted on any rank.
  void run();

 private:
  void take_units();
  [[nodiscard]] std::optional<int64_t> next_unit();
  [[nodiscard]] std::optional<int64_t> share_answer();
  [[nodiscard]] std::optional<int64_t> do_unit(int64_t number);
  [[nodiscard]] bool load(size_t model);
  [[nodiscard]] UnitEnd compute(size_t model, Range items);
  [[nodiscard]] UnitEnd do_items(size_t model, Range items);
  void do_item(size_t model, const WorkItem& item);
  void write_down(size_t model, const WorkItem& item, const std::vector<RowLoss>& losses,
                  double compute_seconds);
  [[nodiscard]] std::vector<RowLoss> score(size_t model, const WorkItem& item);
  [[nodiscard]] JournalItem entry_of(size_t model, const WorkItem& item,
                                     double compute_seconds) const;
  // Of the sanity generation: group_generation.cpp.
  [[nodiscard]] GeneratedTexts say(size_t model);
  void write_down(size_t model, const GeneratedTexts& said, double compute_seconds);
  [[nodiscard]] bool do_generation(size_t model);
  [[nodiscard]] std::optional<ModelFailure> look_for_degeneracy(size_t model);
  [[nodiscard]] std::optional<ModelFailure> first_failure(size_t model, std::string met);
  [[nodiscard]] bool is_as_checked(size_t model) const;
  // What the leader decides for the whole group before each item.
  enum class Next { item, late, stop };
  [[nodiscard]] Next decide(std::chrono::steady_clock::time_point since) const;
  [[nodiscard]] bool stopping() const;
  [[nodiscard]] TaskData& data_of(size_t competition, size_t task);
  [[nodiscard]] bool agreed(bool leaders) const;
  [[nodiscard]] size_t model_of(int64_t unit) const;
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
  GroupModel model_;
  std::set<size_t> failed_{};                             // Models that this group gave up.
  int64_t unit_ = 0;                                      // In work.
  std::map<std::pair<size_t, size_t>, TaskData> data_{};  // Leader only, by competition and task.
};

}  // namespace verdict
