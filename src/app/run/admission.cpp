#include "app/run/admission.h"

#include <unistd.h>

#include <algorithm>

#include "app/run/misconfiguration.h"
#include "app/score/past.h"
#include "app/submission_rules.h"
#include "verdict/checkpoint/shard_plan.h"
#include "verdict/checkpoint/submission.h"
#include "verdict/competition/degeneracy.h"
#include "verdict/competition/retry.h"
#include "verdict/core/error.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

constexpr double kUsableMemory = 0.92;  // What the system and the libraries leave.
constexpr uint64_t kWorthRemembering = uint64_t{1} << 20;

ModelShape shape_of(const DecoderSpec& spec, const SubmissionReport& report, int64_t length) {
  const int64_t embedding = spec.tied_head ? 0 : spec.vocab * spec.hidden;
  return {.parameters = report.parameters - embedding,
          .layers = spec.layers,
          .heads = spec.heads,
          .head_dim = spec.head_dim,
          .length = length,
          .bytes = report.bytes};
}

// What those files hash to, for the hash of the whole folder.
KnownFileHash known_hashes(const std::vector<FileHash>& files) {
  return [&files](const std::string& name) -> std::optional<std::string> {
    for (const FileHash& file : files) {
      if (file.name == name) return file.sha256_hex;
    }
    return std::nullopt;
  };
}

// Who has left the metagraph, or sits elsewhere now, cannot be paid and must not win.
std::string seat_problem(const Candidate& candidate,
                         const std::optional<std::map<int64_t, std::string>>& hotkeys) {
  if (!hotkeys) return "";
  const auto seat = hotkeys->find(candidate.uid);
  if (seat != hotkeys->end() && seat->second == candidate.hotkey) return "";
  return "hotkey '" + candidate.hotkey + "' does not sit at uid " + std::to_string(candidate.uid) +
         " of the metagraph" +
         (seat == hotkeys->end() ? "" : ", where '" + seat->second + "' does");
}

// A degree that the competition pins is its rule; one that this run was given must fit every model.
std::string degree_problem(const Candidate& candidate, const DecoderSpec& spec,
                           const Competition& competition, const Numerics& numerics) {
  try {
    static_cast<void>(make_shard_plan(spec, 0, numerics.tp));
  } catch (const ModelError& e) {
    if (competition.numerics.tp) return e.what();
    throw SystemError(ExitCode::usage, "--tp " + std::to_string(numerics.tp) + ": candidate " +
                                           std::to_string(candidate.uid) + ": " + e.what() +
                                           "; give a lower degree");
  }
  return "";
}

// Whether a rank can hold its part of such a model: a config may ask for any size, and a rank that
// runs out of memory takes the whole job with it.
std::string memory_problem(const MemoryNeed& need, uint64_t rank_memory) {
  if (need.total() <= rank_memory) return "";
  return "needs " + format_bytes(need.total()) + " a rank (weights " +
         format_bytes(need.weight_bytes) + ", activations " + format_bytes(need.activation_bytes) +
         ", logits " + format_bytes(need.logits_bytes) + ", cache " +
         format_bytes(need.cache_bytes) + ", loading " + format_bytes(need.loading_bytes) +
         ", the program " + format_bytes(need.program_bytes) + "), each rank of the node has " +
         format_bytes(rank_memory) + ": a higher --tp or fewer ranks may help";
}

// What keeps a candidate from being looked at: the order is that of the reference. A submission
// that keeps failing while it is computed waits longer each time.
std::optional<Admission> judge_unseen(const Candidate& candidate, const Competition& competition,
                                      const Inputs& inputs) {
  const CandidatesFile& file = inputs.candidates;
  const auto refused = [](const std::string& reason) {
    return Admission{.status = Status::refused, .reason = reason};
  };
  std::string problem = commitment_problem(candidate, competition, file.block);
  if (!problem.empty()) return refused(problem);
  if (!delay_is_over(candidate.block, competition.eval_block_delay, file.block)) {
    return Admission{.status = Status::too_early,
                     .reason = "committed " + std::to_string(file.block - candidate.block) +
                               " blocks ago, evaluated after " +
                               std::to_string(competition.eval_block_delay)};
  }
  problem = seat_problem(candidate, file.hotkeys);
  if (!problem.empty()) return refused(problem);
  const SubmissionHistory* past = past_of(candidate, inputs.before);
  const auto until = past == nullptr ? std::nullopt : postponed_until(*past, file.block);
  if (!until) return std::nullopt;
  return Admission{.status = past->status,
                   .reason = "failed so " + std::to_string(past->failures) +
                             " times in a row: not computed again before block " +
                             std::to_string(*until)};
}

}  // namespace

Admission examine(const Candidate& candidate, const Competition& competition,
                  const Examination& how) {
  if (const auto unseen = judge_unseen(candidate, competition, how.inputs)) return *unseen;
  Admission a;
  std::vector<FileHash> files;
  SubmissionOptions options{.model_root = how.model_root};
  options.content_hash = [&](const Checkpoint& checkpoint) {
    a.stamps = model_stamps(checkpoint);
    return how.identify(checkpoint, files);
  };
  const SubmissionReport report = check_submission(candidate.path, rules_of(competition), options);
  a.reason = report.reason();
  if (report.passed()) {
    a.content_hash = report.content_hash;
    a.sums = block_sums_of(files);
    a.spec = report.spec;
    a.shape = shape_of(*report.spec, report, competition.sequence_length);
    if (!files.empty()) a.reason = hash_problem(candidate, how.model_root, known_hashes(files));
    if (a.reason.empty() && how.read_weights)
      a.reason = norms_problem(candidate, competition, *report.spec, how.model_root);
  }
  if (!a.reason.empty()) a.status = Status::refused;
  return a;
}

MemoryNeed need_of(const DecoderSpec& spec, const Competition& competition,
                   const Numerics& numerics) {
  GenerationSize generation;
  if (competition.sanity_generation &&
      competition.sequence_length >= kPromptTokens + kGeneratedTokens) {
    generation = {.prompts = kPromptsPerTask * static_cast<int64_t>(competition.tasks.size()),
                  .prompt_tokens = kPromptTokens,
                  .tokens = kGeneratedTokens};
  }
  const int64_t tokens = numerics.micro_batch * competition.sequence_length;
  const int64_t bytes = numerics.dtype == "float32" ? 4 : 2;
  if (numerics.on_gpu()) return gpu_memory_need(spec, numerics.tp, tokens, bytes, generation);
  return memory_need(spec, numerics.tp, tokens, bytes,
                     head_chunk_rows(spec, numerics.tp, kMaxLogitsBytes), generation);
}

void require_room(Admission& a, const Candidate& candidate, const Competition& competition,
                  const Numerics& numerics, uint64_t rank_memory) {
  if (a.status != Status::ok || !a.spec) return;
  a.reason = degree_problem(candidate, *a.spec, competition, numerics);
  if (!a.reason.empty()) {
    a.status = Status::refused;
    return;
  }
  a.need = need_of(*a.spec, competition, numerics);
  a.reason = memory_problem(a.need, rank_memory);
  if (!a.reason.empty()) a.status = Status::out_of_memory;
}

uint64_t usable_memory(uint64_t bytes) {
  return static_cast<uint64_t>(kUsableMemory * static_cast<double>(bytes));
}

uint64_t node_memory_bytes() {
  return static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

HashCache hash_cache(const EvaluateOptions& options) {
  if (options.hash_cache == "none") return HashCache({});
  return HashCache(options.hash_cache == "auto" ? HashCache::default_folder()
                                                : std::filesystem::path(options.hash_cache));
}

bool hashes_are_known(const Checkpoint& checkpoint, const HashCache& cache) {
  return std::ranges::all_of(checkpoint.files(), [&](const ModelFile& file) {
    return file.stamp.size < kWorthRemembering || cache.find(file.stamp);
  });
}

std::vector<FileHash> hash_files(const Checkpoint& checkpoint, const HashCache& cache) {
  std::vector<FileHash> files;
  for (size_t i = 0; i < checkpoint.files().size(); ++i) {
    const ModelFile& file = checkpoint.files()[i];
    const bool large = file.stamp.size >= kWorthRemembering;
    std::optional<FileDigest> digest = large ? cache.find(file.stamp) : std::nullopt;
    if (!digest) {
      digest = checkpoint.digest(i);
      checkpoint.verify_unchanged();
      if (large) cache.store(file.stamp, *digest);
    }
    files.push_back({.name = file.name,
                     .size = file.stamp.size,
                     .sha256_hex = digest->sha256_hex,
                     .block_sums = std::move(digest->block_sums)});
  }
  return files;
}

}  // namespace verdict
