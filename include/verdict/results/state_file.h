// What one evaluation leaves for the next (schema "verdict-state-1"): moving averages of the
// weights and the models to evaluate again, keyed by hotkey, since a uid may change hands.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verdict/results/status.h"

namespace verdict {

struct HotkeyWeight {
  int64_t uid = 0;  // Where the hotkey sat.
  std::string hotkey{};
  double weight = 0;  // Of the moving average; above 0.
};

struct HotkeySeat {
  int64_t uid = 0;
  std::string hotkey{};
};

// One evaluation of a submission; an infinite score: it failed.
struct PastScore {
  int64_t block = 0;
  double score = 0;
  int64_t winning_block = 0;  // Of the winner's commitment then; 0 without a winner.
  double winning_score = 0;   // NaN without a winner.
};

struct SubmissionHistory {
  int64_t uid = 0;
  std::string hotkey{};
  std::string submission{};  // Repository, commit and block: another one has no past.
  int64_t failures = 0;  // In a row, while it was computed: what a check refuses does not count.
  Status status = Status::ok;        // The last one.
  std::vector<PastScore> results{};  // At most three, oldest first.
};

struct CompetitionState {
  int64_t id = 0;
  bool recorded = false;                     // It has an average, though all in it may have left.
  std::vector<HotkeyWeight> ema{};           // By ascending uid.
  std::vector<HotkeySeat> kept{};            // To be evaluated again, best first.
  std::vector<SubmissionHistory> history{};  // By ascending uid.
};

struct EpochState {
  std::optional<int64_t> block{};                // Of the last evaluation; absent before the first.
  std::vector<CompetitionState> competitions{};  // By ascending id.
};

// With a checksum as its last field. Equal states give equal texts.
[[nodiscard]] std::string state_text(const EpochState& state);

// Throws FormatError naming the key, what was expected and what was found; also for a text whose
// checksum is not its own and for a later schema.
[[nodiscard]] EpochState parse_state(std::string_view text);

// The state of a file, and its text: of an empty state if there is no such file. Throws
// SystemError(bad_data) naming the file if it is damaged or of a later schema.
struct StateFile {
  EpochState state{};
  std::string text{};
};
[[nodiscard]] StateFile read_state(const std::filesystem::path& path);

// Replaces `path` by `after`, atomically, if it still holds `before` (or nothing) or `after`
// already: a rerun of an old epoch must not undo a later one. Throws SystemError(usage) otherwise,
// SystemError(cannot_write) if it cannot.
void replace_state(const std::filesystem::path& path, const std::string& before,
                   const std::string& after);

}  // namespace verdict
