// What a miner can get wrong before and around the files: the commitment, the schedule, the hash.
#pragma once

#include <filesystem>
#include <string>

#include "verdict/checkpoint/decoder_spec.h"
#include "verdict/checkpoint/directory_hash.h"
#include "verdict/competition/candidates_file.h"

namespace verdict {

// The commitment on chain can be read and says what the candidates file says, and its competition
// takes place at the commitment's block and at `block`. Empty, or the first thing that is wrong.
[[nodiscard]] std::string commitment_problem(const Candidate& candidate,
                                             const Competition& competition, int64_t block);

// The files are those that the hotkey committed to. Empty without a secure hash. Reads every byte
// that `known` does not know.
[[nodiscard]] std::string hash_problem(const Candidate& candidate,
                                       const std::filesystem::path& model_root,
                                       const KnownFileHash& known);

// The norms of the projections are within the competition's limits, if it has any: then all layers
// are read.
[[nodiscard]] std::string norms_problem(const Candidate& candidate, const Competition& competition,
                                        const DecoderSpec& spec,
                                        const std::filesystem::path& model_root);

}  // namespace verdict
