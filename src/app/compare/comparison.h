// Two results, model by model on the same rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "verdict/competition/statistics.h"
#include "verdict/core/json.h"
#include "verdict/results/content.h"

namespace verdict {

// Loss of the second run − loss of the first, nat per token, over the rows that both have.
struct TaskChange {
  std::string task{};
  Estimate loss{};               // n: rows in both with a loss; their mean and standard error.
  int64_t rows_of_one_only = 0;  // Rows that only one run has.
};

struct ModelChange {
  std::string label{};            // uid:repo
  std::optional<Status> first{};  // Absent: it was no candidate there.
  std::optional<Status> second{};
  double score_first = kMissing;
  double score_second = kMissing;
  std::vector<TaskChange> tasks{};  // Of the tasks that both runs have.
  [[nodiscard]] bool status_changed() const { return first != second; }
};

struct CompetitionChange {
  std::string name{};
  bool in_first = true;
  bool in_second = true;
  std::string winner_first{};  // uid:repo; empty: none.
  std::string winner_second{};
  std::string score_units = "nat";
  std::string numerics{};            // What differs in them; empty: nothing.
  std::vector<std::string> tasks{};  // That both runs have.
  std::vector<ModelChange> models{};
  [[nodiscard]] bool winner_changed() const { return winner_first != winner_second; }
};

struct Comparison {
  std::string setting{};  // What differs in block, block hash and rules; empty: nothing.
  std::vector<CompetitionChange> competitions{};
};

// Rows are paired by their hashes; equal rows of a task in their order.
[[nodiscard]] Comparison compare_results(const ResultsContent& first, const ResultsContent& second);

// Throws SystemError(usage) naming every competition whose losses were computed with other
// numerics, and what differs. `first` and `second` are names for the message.
void require_same_numerics(const Comparison& comparison, const std::string& first,
                           const std::string& second);

[[nodiscard]] std::string comparison_text(const Comparison& comparison);
[[nodiscard]] Json comparison_json(const Comparison& comparison);

}  // namespace verdict
