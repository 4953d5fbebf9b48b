// What a file of ours is, and whether it is whole.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "verdict/results/content.h"

namespace verdict {

struct Verification {
  std::string kind{};              // "token shard"
  std::vector<NamedText> facts{};  // What it holds, for people.
};

// Each reads all of its file. Throws SystemError(bad_data) with the first thing that is wrong,
// SystemError(usage) for competitions, SystemError(io) if it cannot be read. `competitions` is what
// candidates are checked against; empty: any competition and uid will do.
[[nodiscard]] Verification verify_file(const std::filesystem::path& file,
                                       const std::filesystem::path& competitions);
[[nodiscard]] Verification verify_shard(const std::filesystem::path& file);
[[nodiscard]] Verification verify_results(const std::filesystem::path& file);
[[nodiscard]] Verification verify_journal(const std::filesystem::path& file);
[[nodiscard]] Verification verify_events(const std::filesystem::path& file);
[[nodiscard]] Verification verify_json(const std::filesystem::path& file,
                                       const std::filesystem::path& competitions);
[[nodiscard]] Verification verify_run_inputs(const std::filesystem::path& file);
[[nodiscard]] Verification verify_competitions(const std::filesystem::path& file);
[[nodiscard]] Verification verify_candidates(const std::filesystem::path& file,
                                             const std::filesystem::path& competitions);

// Every file of the folder, that the journals do not contradict each other, and, of a run that has
// ended, that results.h5 is what follows from its journals and weights.json what follows from it.
[[nodiscard]] Verification verify_run(const std::filesystem::path& folder);

}  // namespace verdict
