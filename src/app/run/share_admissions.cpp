#include "app/run/share_admissions.h"

#include "app/run/numerics.h"
#include "verdict/core/error.h"
#include "verdict/core/json.h"

namespace verdict {
namespace {

Json to_json(const Admission& a) {
  return Json::array({static_cast<int>(a.status), a.reason, a.content_hash, a.stamps,
                      a.shape.parameters, a.shape.layers, a.shape.heads, a.shape.head_dim,
                      a.shape.length, a.shape.bytes, a.need.weight_bytes, a.need.activation_bytes,
                      a.need.logits_bytes, a.need.cache_bytes, a.need.loading_bytes,
                      a.need.program_bytes});
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
          .need = {.weight_bytes = j[10],
                   .activation_bytes = j[11],
                   .logits_bytes = j[12],
                   .cache_bytes = j[13],
                   .loading_bytes = j[14],
                   .program_bytes = j[15]}};
}

}  // namespace

uint64_t rank_memory_bytes(const MpiComm& world) {
  return usable_memory(node_memory_bytes()) / static_cast<uint64_t>(world.split_by_node().size());
}

std::vector<Admission> admit_candidates(const Inputs& inputs, const EvaluateOptions& options,
                                        const MpiComm& world) {
  const auto& candidates = inputs.candidates.candidates;
  const auto rank = static_cast<size_t>(world.rank());
  const auto ranks = static_cast<size_t>(world.size());
  const uint64_t rank_memory = rank_memory_bytes(world);
  const Examination how{
      .inputs = inputs,
      .model_root = options.model_root,
      .identify = [&](const Checkpoint& checkpoint, std::vector<FileHash>& files) {
        files = hash_files(checkpoint, hash_cache(options));
        return content_hash_of(files);
      }};
  Json mine = Json::array();
  for (size_t i = rank; i < candidates.size(); i += ranks) {
    const Competition& competition =
        inputs.competitions.competitions[competition_of(inputs, candidates[i])];
    Admission admission = examine(candidates[i], competition, how);
    require_room(admission, candidates[i], competition, resolve_numerics(options, competition),
                 rank_memory);
    mine.push_back(to_json(admission));
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
