// The run folders that a merge starts from.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/run/job_file.h"
#include "app/run/losses.h"
#include "verdict/results/journal.h"
#include "verdict/results/run_folder.h"

namespace verdict {

struct Part {
  RunFolder folder;
  JobRecord record{};
  JournalContent journal{};
};

// Throws SystemError(usage) if a folder is no run folder or was left before its job.json was
// written, SystemError(bad_data) if one of its files is damaged.
[[nodiscard]] std::vector<Part> open_parts(const std::vector<std::filesystem::path>& folders);

// Throws SystemError(usage) naming the two folders and every difference between what the runs
// measured, and how: competitions, block, block hash, metagraph, options, shards, rows, numerics.
void require_same_measure(const std::vector<Part>& parts);

// All items in one. Throws SystemError(bad_data) naming both journals if they differ in a value.
[[nodiscard]] JournalContent all_items(const std::vector<Part>& parts);

// The models, by competition and content hash, that a run has given up on.
struct GivenUp {
  size_t competition = 0;
  std::string content_hash{};
  ModelFailure failure{};
};
[[nodiscard]] std::vector<GivenUp> given_up(const Part& part);

}  // namespace verdict
