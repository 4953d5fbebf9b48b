// The model that a group holds, and the one that it will hold next.
#pragma once

#include <optional>

#include "app/run/job.h"
#include "app/run/work.h"
#include "verdict/comm/group.h"
#include "verdict/eval/session.h"

namespace verdict {

class GroupModel {
 public:
  // Collective over the group.
  GroupModel(const Job& job, const WorkOptions& options, const Group& group);

  // Collective over the group: it holds `model` afterwards. Throws ModelError on all ranks.
  void hold(size_t model);
  // Begins to read `model` on a thread of its own, if there is room for it beside the one held.
  void prepare(size_t model);
  void drop();  // Frees the model held; what is being prepared stays.

  [[nodiscard]] ModelSession& session() { return *session_; }
  [[nodiscard]] double load_seconds() const { return session_ ? session_->load_seconds() : 0; }

  // Did the last hold() fail since what was read is not what was hashed? The same on all ranks.
  [[nodiscard]] bool is_other_content() const { return is_other_content_; }

  // Of the last hold(): 0 and 0 if the model was there already.
  struct Times {
    double load_seconds = 0;
    double wait_seconds = 0;
  };
  [[nodiscard]] const Times& last_hold() const { return last_hold_; }

 private:
  [[nodiscard]] SessionOptions options_of(size_t model);
  [[nodiscard]] LoadedModel fetch(size_t model);

  const Job& job_;
  const WorkOptions& options_;
  const Group& group_;
  uint64_t memory_bytes_;  // Of the rank that has least.
  LoadSpace space_;
  std::optional<ModelSession> session_{};
  std::optional<size_t> held_{};
  std::optional<size_t> coming_{};
  std::optional<ModelLoader> loader_{};  // Of `coming_`; last, since it reads the above.
  bool is_other_content_ = false;
  Times last_hold_{};
};

}  // namespace verdict
