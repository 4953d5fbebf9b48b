#include "app/run/admission.h"

#include <unistd.h>

#include "app/run/misconfiguration.h"
#include "app/run/numerics.h"
#include "app/score/past.h"
#include "app/submission_rules.h"
#include "verdict/checkpoint/memory.h"
#include "verdict/checkpoint/shard_plan.h"
#include "verdict/checkpoint/submission.h"
#include "verdict/competition/retry.h"
#include "verdict/core/error.h"
#include "verdict/core/hash_cache.h"
#include "verdict/core/json.h"
#include "verdict/core/table.h"
#include "verdict/eval/session.h"

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

HashCache hash_cache(const EvaluateOptions& options) {
  if (options.hash_cache == "none") return HashCache({});
  return HashCache(options.hash_cache == "auto" ? HashCache::default_folder()
                                                : std::filesystem::path(options.hash_cache));
}

// As Checkpoint::content_hash, with the hashes of large files from the cache where it has them.
std::vector<FileHash> hash_files(const Checkpoint& checkpoint, const HashCache& cache) {
  std::vector<FileHash> files;
  for (size_t i = 0; i < checkpoint.files().size(); ++i) {
    const ModelFile& file = checkpoint.files()[i];
    const bool large = file.stamp.size >= kWorthRemembering;
    std::optional<std::string> hash = large ? cache.find(file.stamp) : std::nullopt;
    if (!hash) {
      hash = checkpoint.file_sha256(i);
      checkpoint.verify_unchanged();
      if (large) cache.store(file.stamp, *hash);
    }
    files.push_back({.name = file.name, .size = file.stamp.size, .sha256_hex = *hash});
  }
  return files;
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
                           const Competition& competition, const EvaluateOptions& options) {
  const int tp = resolve_numerics(options, competition).tp;
  try {
    static_cast<void>(make_shard_plan(spec, 0, tp));
  } catch (const ModelError& e) {
    if (competition.numerics.tp) return e.what();
    throw SystemError(ExitCode::usage, "--tp " + std::to_string(tp) + ": candidate " +
                                           std::to_string(candidate.uid) + ": " + e.what() +
                                           "; give a lower degree");
  }
  return "";
}

uint64_t physical_memory_bytes() {
  return static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

MemoryNeed need_of(const DecoderSpec& spec, const Competition& competition,
                   const EvaluateOptions& options) {
  const Numerics numerics = resolve_numerics(options, competition);
  return memory_need(spec, numerics.tp, numerics.micro_batch * competition.sequence_length,
                     numerics.dtype == "float32" ? 4 : 2,
                     head_chunk_rows(spec, numerics.tp, kMaxLogitsBytes));
}

// Whether all ranks of this node can hold such a model at a time: a config may ask for any size,
// and a rank that runs out of memory takes the whole job with it.
std::string memory_problem(const MemoryNeed& need, uint64_t share) {
  if (need.total() <= share) return "";
  return "needs " + format_bytes(need.total()) + " a rank (weights " +
         format_bytes(need.weight_bytes) + ", activations " + format_bytes(need.activation_bytes) +
         ", logits " + format_bytes(need.logits_bytes) + "), each rank of the node has " +
         format_bytes(share) + ": a higher --tp or fewer ranks may help";
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

// Every reason a candidate may be turned away for before its weights are read.
Admission judge(const Candidate& candidate, const Competition& competition, const Inputs& inputs,
                const EvaluateOptions& options, uint64_t rank_memory) {
  if (const auto unseen = judge_unseen(candidate, competition, inputs)) return *unseen;
  Admission a;
  std::vector<FileHash> files;
  SubmissionOptions how{.model_root = options.model_root};
  how.content_hash = [&](const Checkpoint& checkpoint) {
    a.stamps = model_stamps(checkpoint);
    files = hash_files(checkpoint, hash_cache(options));
    return content_hash_of(files);
  };
  const SubmissionReport report = check_submission(candidate.path, rules_of(competition), how);
  a.reason = report.reason();
  if (report.passed()) {
    a.content_hash = report.content_hash;
    a.shape = shape_of(*report.spec, report, competition.sequence_length);
    a.reason = hash_problem(candidate, options.model_root, known_hashes(files));
    if (a.reason.empty())
      a.reason = norms_problem(candidate, competition, *report.spec, options.model_root);
    if (a.reason.empty()) a.reason = degree_problem(candidate, *report.spec, competition, options);
  }
  if (!a.reason.empty()) {
    a.status = Status::refused;
    return a;
  }
  const MemoryNeed need = need_of(*report.spec, competition, options);
  a.weight_bytes = need.weight_bytes;
  a.need_bytes = need.total();
  a.reason = memory_problem(need, rank_memory);
  if (!a.reason.empty()) a.status = Status::out_of_memory;
  return a;
}

Json to_json(const Admission& a) {
  return Json::array({static_cast<int>(a.status), a.reason, a.content_hash, a.stamps,
                      a.shape.parameters, a.shape.layers, a.shape.heads, a.shape.head_dim,
                      a.shape.length, a.shape.bytes, a.weight_bytes, a.need_bytes});
}

Admission from_json(const Json& j) {
  return {.status = static_cast<Status>(j[0].get<int>()),
          .reason = j[1],
          .content_hash = j[2],
          .stamps = j[3],
          .shape = {.parameters = j[4],
                    .layers = j[5],
                    .heads = j[6],
                    .head_dim = j[7],
                    .length = j[8],
                    .bytes = j[9]},
          .weight_bytes = j[10],
          .need_bytes = j[11]};
}

}  // namespace

size_t competition_of(const Inputs& inputs, const Candidate& candidate) {
  const auto& all = inputs.competitions.competitions;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].id == candidate.competition) return i;
  }
  throw SystemError("candidate " + std::to_string(candidate.uid) + " has no competition");
}

uint64_t rank_memory_bytes(const MpiComm& world) {
  return static_cast<uint64_t>(kUsableMemory * static_cast<double>(physical_memory_bytes()) /
                               static_cast<double>(world.split_by_node().size()));
}

std::vector<Admission> admit_candidates(const Inputs& inputs, const EvaluateOptions& options,
                                        const MpiComm& world) {
  const auto& candidates = inputs.candidates.candidates;
  const auto rank = static_cast<size_t>(world.rank());
  const auto ranks = static_cast<size_t>(world.size());
  const uint64_t rank_memory = rank_memory_bytes(world);
  Json mine = Json::array();
  for (size_t i = rank; i < candidates.size(); i += ranks) {
    const Competition& competition =
        inputs.competitions.competitions[competition_of(inputs, candidates[i])];
    mine.push_back(to_json(judge(candidates[i], competition, inputs, options, rank_memory)));
  }
  world.barrier_patiently();  // Models differ in size, and each was read whole.
  // Reasons quote files of strangers: what is not UTF-8 is replaced, never thrown.
  const std::string text = mine.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::vector<Json> of_rank;
  for (const std::string& part : world.all_gather(text)) of_rank.push_back(parse_json(part));
  std::vector<Admission> all;
  for (size_t i = 0; i < candidates.size(); ++i)
    all.push_back(from_json(of_rank[i % ranks][i / ranks]));
  return all;
}

}  // namespace verdict
