#include "app/run/share_admissions.h"

#include <algorithm>
#include <utility>

#include "app/run/degree.h"
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
                      a.need.program_bytes, a.sums});
}

Admission from_json(const Json& j) {
  return {.status = static_cast<Status>(j[0].get<int>()),
          .reason = j[1],
          .content_hash = j[2],
          .stamps = j[3],
          .sums = j[16].get<BlockSums>(),
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

// What the checks need to know of the machine beside the candidates.
class Checker {
 public:
  Checker(const Inputs& inputs, const EvaluateOptions& options, const RunDevice& device,
          const MpiComm& world)
      : inputs_(inputs), options_(options), device_(device), world_(world) {}

  // Of this rank's candidates, which are every n-th.
  void examine_all() {
    const Examination how{
        .inputs = inputs_,
        .model_root = options_.model_root,
        .identify = [&](const Checkpoint& checkpoint, std::vector<FileHash>& files) {
          files = hash_files(checkpoint, hash_cache(options_));
          return content_hash_of(files);
        }};
    for (size_t i = first(); i < candidates().size(); i += step())
      mine_.push_back(examine(candidates()[i], competition(i), how));
  }

  // Collective. By competition.
  [[nodiscard]] std::vector<MachineDefaults> machines() const {
    const auto& competitions = inputs_.competitions.competitions;
    std::vector<MachineDefaults> all(competitions.size(), device_.defaults());
    if (!device_.gpu) return all;
    const MpiComm node = world_.split_by_node();
    const int64_t together =
        options_.tp_across_nodes ? world_.size() : world_.all_reduce_min(node.size());
    for (size_t c = 0; c < competitions.size(); ++c) {
      const int64_t tp =
          world_.all_reduce_max(highest_degree(c, {.machine = device_.defaults(),
                                                   .rank_memory = device_.rank_memory_bytes,
                                                   .ranks = static_cast<int>(together)}));
      all[c].tp = static_cast<int>(std::max<int64_t>(tp, 1));
    }
    return all;
  }

  [[nodiscard]] std::vector<Admission> with_room(const std::vector<MachineDefaults>& machines) {
    for (size_t k = 0; k < mine_.size(); ++k) {
      const size_t i = first() + k * step();
      const MachineDefaults& machine = machines[competition_of(inputs_, candidates()[i])];
      require_room(mine_[k], candidates()[i], competition(i),
                   resolve_numerics(options_, competition(i), machine), device_.rank_memory_bytes);
    }
    return std::move(mine_);
  }

 private:
  [[nodiscard]] const std::vector<Candidate>& candidates() const {
    return inputs_.candidates.candidates;
  }
  [[nodiscard]] const Competition& competition(size_t candidate) const {
    return inputs_.competitions.competitions[competition_of(inputs_, candidates()[candidate])];
  }
  [[nodiscard]] size_t first() const { return static_cast<size_t>(world_.rank()); }
  [[nodiscard]] size_t step() const { return static_cast<size_t>(world_.size()); }

  // That one of this rank's candidates needs; 0 if none fits at any.
  [[nodiscard]] int highest_degree(size_t competition, const DegreeRoom& room) const {
    const Competition& rules = inputs_.competitions.competitions[competition];
    const Numerics numerics = resolve_numerics(options_, rules, room.machine);
    int highest = 0;
    for (size_t k = 0; k < mine_.size(); ++k) {
      const Candidate& candidate = candidates()[first() + k * step()];
      if (mine_[k].status != Status::ok || competition_of(inputs_, candidate) != competition)
        continue;
      highest = std::max(highest, smallest_degree(*mine_[k].spec, rules, numerics, room));
    }
    return highest;
  }

  const Inputs& inputs_;
  const EvaluateOptions& options_;
  const RunDevice& device_;
  const MpiComm& world_;
  std::vector<Admission> mine_{};
};

}  // namespace

Admitted admit_candidates(const Inputs& inputs, const EvaluateOptions& options,
                          const RunDevice& device, const MpiComm& world) {
  Checker checker(inputs, options, device, world);
  checker.examine_all();
  world.barrier_patiently();  // Models differ in size, and each was read whole.
  Admitted admitted{.machines = checker.machines()};
  Json mine = Json::array();
  for (const Admission& admission : checker.with_room(admitted.machines))
    mine.push_back(to_json(admission));
  // Reasons quote files of strangers: what is not UTF-8 is replaced, never thrown.
  const std::string text = mine.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::vector<Json> of_rank;
  for (const std::string& part : world.all_gather(text)) of_rank.push_back(parse_json(part));
  const size_t ranks = of_rank.size();
  for (size_t i = 0; i < inputs.candidates.candidates.size(); ++i)
    admitted.admissions.push_back(from_json(of_rank[i % ranks][i / ranks]));
  return admitted;
}

}  // namespace verdict
