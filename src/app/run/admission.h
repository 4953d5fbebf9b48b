// Which candidates are evaluated at all: the checks that need no forward pass. Nothing here
// communicates; share_admissions.h spreads them over the ranks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/run/evaluate_options.h"
#include "app/run/inputs.h"
#include "verdict/checkpoint/checkpoint.h"
#include "verdict/checkpoint/decoder_spec.h"
#include "verdict/checkpoint/memory.h"
#include "verdict/checkpoint/read_plan.h"
#include "verdict/core/hash_cache.h"
#include "verdict/eval/numerics.h"
#include "verdict/partition/cost.h"
#include "verdict/results/status.h"

namespace verdict {

// What the checks found about one candidate.
struct Admission {
  Status status = Status::ok;
  std::string reason{};        // Empty if it is admitted.
  std::string content_hash{};  // SHA-256 of the model's files; empty unless admitted.
  std::string stamps{};        // model_stamps() when it was hashed.
  BlockSums sums{};            // Of then.
  ModelShape shape{};
  MemoryNeed need{};                  // On the rank that needs most, by require_room.
  std::optional<DecoderSpec> spec{};  // Known where it was examined.
};

struct Examination {
  const Inputs& inputs;
  std::filesystem::path model_root{};
  // The model's identity, and the hashes of its files as far as they are known: of a run its
  // content hash and all of them, of a plan whatever tells models apart. A secure hash is compared
  // only if there are hashes.
  std::function<std::string(const Checkpoint&, std::vector<FileHash>& files)> identify{};
  bool read_weights = true;  // For the limits on norms.
};

// Every reason a candidate may be turned away for before its weights are read and whatever the
// machine.
[[nodiscard]] Admission examine(const Candidate& candidate, const Competition& competition,
                                const Examination& how);

[[nodiscard]] MemoryNeed need_of(const DecoderSpec& spec, const Competition& competition,
                                 const Numerics& numerics);

// Turns `a` away if the model cannot be split so, or if a rank with `rank_memory` usable bytes
// cannot hold its part. Throws SystemError(usage) if --tp, and not the competition, asks for the
// degree.
void require_room(Admission& a, const Candidate& candidate, const Competition& competition,
                  const Numerics& numerics, uint64_t rank_memory);

// What a program may use of `bytes` of memory: the system and the libraries leave so much.
[[nodiscard]] uint64_t usable_memory(uint64_t bytes);
[[nodiscard]] uint64_t node_memory_bytes();  // Of this node, all of it.

[[nodiscard]] HashCache hash_cache(const EvaluateOptions& options);

// Whether hash_files would read no large file.
[[nodiscard]] bool hashes_are_known(const Checkpoint& checkpoint, const HashCache& cache);

// What content_hash_of takes, with the hashes of large files from the cache where it has them.
[[nodiscard]] std::vector<FileHash> hash_files(const Checkpoint& checkpoint,
                                               const HashCache& cache);

}  // namespace verdict
