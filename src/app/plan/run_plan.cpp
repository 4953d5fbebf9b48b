#include "app/plan/run_plan.h"

#include <algorithm>
#include <cstdlib>

#include "app/plan/degree_options.h"
#include "app/run/agenda.h"
#include "app/run/calibration.h"
#include "app/run/losses.h"
#include "app/run/sanity.h"
#include "verdict/core/hash.h"

namespace verdict {
namespace {

int number_from(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr || std::atoi(text) < 1 ? otherwise : std::atoi(text);
}

PlannedMachine machine_of(const PlanOptions& options) {
  PlannedMachine m;
  m.ranks = options.ranks.value_or(
      number_from("OMPI_COMM_WORLD_SIZE", number_from("SLURM_STEP_NUM_TASKS", 1)));
  const int usual = options.ranks ? m.ranks : number_from("OMPI_COMM_WORLD_LOCAL_SIZE", m.ranks);
  m.ranks_per_node = std::min(options.ranks_per_node.value_or(usual), m.ranks);
  m.gpu = options.gpu_memory.has_value();
  m.rank_memory =
      m.gpu ? usable_memory(*options.gpu_memory)
            : usable_memory(node_memory_bytes()) / static_cast<uint64_t>(m.ranks_per_node);
  m.rates = rates_for(options.run.calibration, m.gpu);
  m.calibrated = !options.run.calibration.empty();
  if (options.tflops > 0) m.rates.flop = options.tflops * 1e12;
  return m;
}

std::vector<Seat> seats_of(const PlannedMachine& machine) {
  std::vector<Seat> seats;
  for (int r = 0; r < machine.ranks; ++r) {
    seats.push_back({.world_rank = r,
                     .node = r / machine.ranks_per_node,
                     .local_rank = r % machine.ranks_per_node});
  }
  return seats;
}

// What tells models apart without reading them: known hashes, else which files they are.
class Identities {
 public:
  explicit Identities(HashCache cache) : cache_(std::move(cache)) {}
  std::string of(const Checkpoint& checkpoint, std::vector<FileHash>& hashes) {
    if (hashes_are_known(checkpoint, cache_)) {
      hashes = hash_files(checkpoint, cache_);
      return content_hash_of(hashes);
    }
    ++unhashed_;
    std::string files;
    for (const ModelFile& file : checkpoint.files()) {
      files += file.name + " " + std::to_string(file.stamp.device) + " " +
               std::to_string(file.stamp.inode) + "\n";
    }
    return "unhashed-" + to_hex(sha256(files));
  }
  [[nodiscard]] int64_t unhashed() const { return unhashed_; }

 private:
  HashCache cache_;
  int64_t unhashed_ = 0;
};

std::vector<Admission> examine_all(const RunPlan& plan, const EvaluateOptions& options,
                                   Identities& identities) {
  const Examination how{
      .inputs = plan.inputs,
      .model_root = options.model_root,
      .identify = [&](const Checkpoint& checkpoint,
                      std::vector<FileHash>& hashes) { return identities.of(checkpoint, hashes); },
      .read_weights = false};
  std::vector<Admission> all;
  for (const Candidate& c : plan.inputs.candidates.candidates) {
    all.push_back(
        examine(c, plan.inputs.competitions.competitions[competition_of(plan.inputs, c)], how));
  }
  return all;
}

// Degrees first, since they decide which models have room.
void settle_degrees(RunPlan& plan, const EvaluateOptions& options, MachineDefaults defaults) {
  const auto& competitions = plan.inputs.competitions.competitions;
  const int together = options.tp_across_nodes ? plan.machine.ranks : plan.machine.ranks_per_node;
  for (size_t c = 0; c < competitions.size(); ++c) {
    const Degree degree = choose_degree(
        plan.inputs, c, plan.admissions, options,
        {.machine = defaults, .rank_memory = plan.machine.rank_memory, .ranks = together});
    plan.degrees.push_back(degree);
    MachineDefaults chosen = defaults;
    chosen.tp = degree.tp;
    plan.job.competitions[c].numerics = resolve_numerics(options, competitions[c], chosen);
  }
  for (size_t i = 0; i < plan.admissions.size(); ++i) {
    const Candidate& candidate = plan.inputs.candidates.candidates[i];
    const size_t c = competition_of(plan.inputs, candidate);
    require_room(plan.admissions[i], candidate, competitions[c], plan.job.competitions[c].numerics,
                 plan.machine.rank_memory);
  }
}

void predict(const RunPlan& plan, PlannedPhase& phase) {
  phase.group_seconds.assign(static_cast<size_t>(phase.plan.groups), 0.0);
  for (const Unit& unit : phase.plan.units) {
    const JobModel& model = plan.job.models[static_cast<size_t>(unit.candidate)];
    const auto& items = phase.work[static_cast<size_t>(unit.candidate)].items;
    double seconds = predicted_load_seconds(model.shape, plan.machine.rates);
    for (int64_t i = unit.items.begin; i < unit.items.end; ++i) {
      const WorkItem& item = items[static_cast<size_t>(i)];
      if (item.generation) {
        seconds +=
            generation_seconds(model, plan.job.competitions[model.competition], plan.machine.rates);
      }
      seconds += static_cast<double>(item.samples.size()) *
                 predicted_row_seconds(model.shape, phase.tp, plan.machine.rates);
    }
    phase.unit_seconds.push_back(seconds);
    phase.group_seconds[static_cast<size_t>(unit.planned_group)] += seconds;
  }
  phase.seconds = *std::ranges::max_element(phase.group_seconds);
}

}  // namespace

std::optional<int64_t> computed_as(const RunPlan& plan, size_t candidate) {
  for (const JobModel& model : plan.job.models) {
    if (model.candidates.front() == candidate || !std::ranges::count(model.candidates, candidate))
      continue;
    return plan.inputs.candidates.candidates[model.candidates.front()].uid;
  }
  return std::nullopt;
}

RunPlan make_run_plan(const PlanOptions& options) {
  RunPlan plan{.machine = machine_of(options)};
  const MachineDefaults defaults{.gpu = plan.machine.gpu,
                                 .dtype = plan.machine.gpu ? "bfloat16" : "float32",
                                 .gpu_name = plan.machine.gpu ? "planned" : ""};
  plan.inputs = read_inputs(options.run);
  Identities identities(hash_cache(options.run));
  plan.admissions = examine_all(plan, options.run, identities);
  plan.unhashed = identities.unhashed();
  plan.job.competitions = draw_rows(plan.inputs, options.run, defaults, VerifyContent::no);
  settle_degrees(plan, options.run, defaults);
  plan.job.models = distinct_models(plan.inputs, plan.admissions);
  const std::vector<Seat> seats = seats_of(plan.machine);
  require_groups(plan.job, seats, options.run.tp_across_nodes);
  plan.job.rates = rates_for(options.run.calibration, plan.machine.gpu);
  for (size_t c = 0; plan.machine.gpu && c < plan.degrees.size(); ++c)
    plan.options.push_back(degree_options(plan, c, options.run, seats));
  const Agenda agenda = find_open(plan.job, all_work(plan.job), {}, LossTable(plan.job));
  plan.shared_rows = rows_of(agenda.shared);
  for (const int tp : degrees_of(plan.job, agenda.now)) {
    PlannedPhase phase{.tp = tp,
                       .work = of_degree(plan.job, agenda.now, tp),
                       .groups = assign_groups(seats, tp, options.run.tp_across_nodes)};
    phase.plan = make_plan(phase.work, number_of_groups(phase.groups));
    predict(plan, phase);
    plan.phases.push_back(std::move(phase));
  }
  return plan;
}

}  // namespace verdict
