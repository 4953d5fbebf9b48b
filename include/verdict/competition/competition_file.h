// The competitions file (TOML): what is measured, on which data, under which rules, for which share
// of the reward.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verdict/competition/norm_limits.h"

namespace verdict {

// Rows, competition and submissions must agree on it. 0 ≤ eos_id < vocab_size.
struct Tokenizer {
  std::string name{};
  int64_t vocab_size = 0;
  int64_t eos_id = 0;
};

// By what share of its score the earlier model is protected (see epsilon.h). 0 ≤ start, end < 1;
// end > start is legal.
struct Epsilon {
  enum class Kind { fixed, linear };
  Kind kind = Kind::fixed;
  double start = 0.0;  // The value of a fixed epsilon.
  double end = 0.0;    // The same as `start` if fixed.
  int64_t blocks = 1;  // Age in blocks at which `end` is reached.
};

// What would otherwise be chosen per machine. Absent: chosen.
struct PinnedNumerics {
  std::optional<std::string> dtype{};  // "float32" or "bfloat16"
  std::optional<int> tp{};
  std::optional<int> micro_batch{};
};

// softmax: of the win rates at temperature 0.01; winner: the winner alone is paid.
enum class Payout { softmax, winner };

struct Normalization {
  enum class Kind { none, inverse_exponential };
  Kind kind = Kind::none;
  double ceiling = 0.0;  // > 0 with inverse_exponential.
};

struct Task {
  std::string name{};
  std::string method{};             // "text_loss"
  std::vector<std::string> data{};  // Patterns as written, relative to the file.
  double weight = 0.0;              // > 0; those of a competition sum to 1.
  int64_t rows = 0;                 // At most so many are drawn.
  Normalization normalization{};
};

// From this block on it takes place, or does not.
struct ScheduleChange {
  int64_t block = 0;
  bool scheduled = true;
};

struct Competition {
  int64_t id = 0;
  std::string name{};
  double reward = 0.0;                       // Share of the subnet's reward.
  std::vector<std::string> architectures{};  // Empty: all that are implemented.
  int64_t min_parameters = 0;                // Inclusive, as is the next.
  int64_t max_parameters = 0;
  uint64_t max_bytes = 0;       // All files of the submission.
  int64_t sequence_length = 0;  // Tokens per row.
  Tokenizer tokenizer{};
  Epsilon epsilon{};
  int64_t eval_block_delay = 0;  // Blocks that must lie between a commitment and its evaluation.
  Payout payout = Payout::softmax;
  bool scheduled = true;  // At the block that the file was read for.
  std::vector<ScheduleChange> schedule{};
  std::optional<NormLimits> norms{};  // Absent: norms are not looked at.
  bool sanity_generation = true;      // See degeneracy.h.
  PinnedNumerics numerics{};
  std::vector<Task> tasks{};
};

struct CompetitionFile {
  int64_t uids = 0;  // Length of the published weight vector.
  int64_t netuid = 0;
  int64_t version_key = 0;
  std::vector<Competition> competitions{};  // In the order of the file.
  std::string text{};                       // As read.
  std::filesystem::path path{};
};

// Whether a competition takes place at `block`: the last change with a block ≤ `block` counts.
// Throws SystemError(usage) if there is none.
[[nodiscard]] bool is_scheduled(const std::vector<ScheduleChange>& schedule, int64_t block);

// The competitions in force at `block`: each `[[competition.from]]` whose block is ≤ `block`
// replaces, in ascending order of blocks, the keys that it gives (any but id and name; its own
// `task` list replaces the whole list). Those of later blocks are checked all the same, so that a
// file does not turn bad one day.
//
// Required: uids, netuid, version_key, and per competition id, name, reward, parameters, max_bytes,
// sequence_length, tokenizer, epsilon and at least one task with name, method, data, weight and
// rows. Optional, with what absence means: architectures (all that are implemented),
// eval_block_delay (0), payout ("softmax"), numerics and each of its keys (chosen per machine),
// scheduled (true: the competition takes place), norms
// (no limits), sanity_generation (true), from (nothing changes), normalization ("none").
//
// Throws SystemError(usage) "FILE:LINE: …" that names the key and the rule, for unknown keys too,
// and for a negative block.
[[nodiscard]] CompetitionFile parse_competitions(std::string_view text,
                                                 const std::string& file_name, int64_t block);

// The same from a file. Throws SystemError(io) if it cannot be read.
[[nodiscard]] CompetitionFile read_competitions(const std::filesystem::path& path, int64_t block);

}  // namespace verdict
