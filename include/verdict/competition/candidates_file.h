// The candidates file (JSON): the submissions to be evaluated and the block at which the evaluation
// takes place.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verdict/competition/competition_file.h"

namespace verdict {

// Repository, commit and secure hash are a stranger's words: any text is accepted here and judged
// with the submission.
struct Candidate {
  int64_t uid = 0;
  std::string hotkey{};
  std::string repo{};
  std::string commit{};
  std::optional<std::string> secure_hash{};
  std::optional<std::string> commitment{};  // As on chain; see commitment.h.
  int64_t competition = 0;                  // Id.
  int64_t block = 0;                        // Of the commitment; ≤ the block of the file.
  std::filesystem::path
      path{};  // Resolved beside the file. Need not exist: then this candidate fails, not the job.
  std::string path_as_written{};
};

struct CandidatesFile {
  int64_t block = 0;                                        // At which the evaluation takes place.
  std::string block_hash{};                                 // As given: the seed of the draw.
  std::optional<std::map<int64_t, std::string>> hotkeys{};  // The metagraph: uid → hotkey.
  std::vector<Candidate> candidates{};                      // By ascending uid.
  std::string text{};                                       // As read.
  std::filesystem::path path{};
};

// Every key is required but `hotkeys`, `secure_hash` and `commitment`. Throws SystemError(bad_data)
// "FILE: candidates[3].uid …" for unknown, missing and repeated keys, a uid outside 0 … uids−1, a
// uid that occurs twice (both places are named), a hotkey of `hotkeys` that does, an unknown
// competition and a block after that of the file.
[[nodiscard]] CandidatesFile parse_candidates(std::string_view text,
                                              const std::filesystem::path& path,
                                              const CompetitionFile& competitions);

// The same from a file. Throws SystemError(io) if it cannot be read.
[[nodiscard]] CandidatesFile read_candidates(const std::filesystem::path& path,
                                             const CompetitionFile& competitions);

// The block alone, which is what the competitions file is read with. Throws as parse_candidates
// does.
[[nodiscard]] int64_t read_candidates_block(const std::filesystem::path& path);

}  // namespace verdict
