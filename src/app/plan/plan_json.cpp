#include "app/plan/plan_text.h"
#include "app/run/agenda.h"

namespace verdict {
namespace {

int64_t uid_of(const RunPlan& plan, int64_t model) {
  const JobModel& m = plan.job.models[static_cast<size_t>(model)];
  return plan.inputs.candidates.candidates[m.candidates.front()].uid;
}

Json machine_json(const PlannedMachine& m) {
  return {{"ranks", m.ranks},
          {"ranks_per_node", m.ranks_per_node},
          {"device", m.gpu ? "gpu" : "cpu"},
          {"usable_bytes_per_rank", m.rank_memory},
          {"flop_per_second", json_number(m.rates.flop)},
          {"load_bytes_per_second", json_number(m.rates.load_bytes)},
          {"all_reduce_seconds", json_number(m.rates.all_reduce_seconds)},
          {"all_reduce_bytes_per_second", json_number(m.rates.all_reduce_bytes)},
          {"calibrated", m.calibrated}};
}

Json options_json(const std::vector<DegreeOption>& options) {
  Json all = Json::array();
  for (const DegreeOption& o : options) {
    all.push_back({{"tp", o.tp},
                   {"bytes_per_rank", o.bytes == 0 ? Json() : Json(o.bytes)},
                   {"fits", o.fits},
                   {"groups", o.groups},
                   {"seconds", json_number(o.seconds)}});
  }
  return all;
}

Json competition_json(const JobCompetition& c, const Degree& degree) {
  Json tasks = Json::array();
  for (const JobTask& t : c.tasks) tasks.push_back({{"name", t.name}, {"rows", t.rows.size()}});
  return {{"name", c.name},
          {"tp", c.numerics.tp},
          {"why", degree.why},
          {"dtype", c.numerics.dtype},
          {"micro_batch", c.numerics.micro_batch},
          {"threads", c.numerics.threads},
          {"tasks", tasks}};
}

Json candidate_json(const RunPlan& plan, size_t i) {
  const Candidate& c = plan.inputs.candidates.candidates[i];
  const Admission& a = plan.admissions[i];
  Json json{{"uid", c.uid},
            {"repo", c.repo},
            {"competition", c.competition},
            {"status", status_name(a.status)},
            {"reason", a.reason},
            {"computed_as", nullptr},
            {"memory", nullptr}};
  if (const auto shared = computed_as(plan, i)) json["computed_as"] = *shared;
  if (a.need.total() > 0) {
    json["memory"] = {
        {"weight_bytes", a.need.weight_bytes},   {"activation_bytes", a.need.activation_bytes},
        {"logits_bytes", a.need.logits_bytes},   {"cache_bytes", a.need.cache_bytes},
        {"loading_bytes", a.need.loading_bytes}, {"program_bytes", a.need.program_bytes},
        {"total_bytes", a.need.total()}};
  }
  return json;
}

Json unit_json(const RunPlan& plan, const PlannedPhase& phase, size_t u) {
  const Unit& unit = phase.plan.units[u];
  const JobModel& model = plan.job.models[static_cast<size_t>(unit.candidate)];
  const auto& items = phase.work[static_cast<size_t>(unit.candidate)].items;
  Json parts = Json::array();
  int64_t rows = 0;
  for (int64_t i = unit.items.begin; i < unit.items.end; ++i) {
    const WorkItem& item = items[static_cast<size_t>(i)];
    rows += item.samples.size();
    if (item.generation) {  // Of all tasks, and of no rows.
      parts.push_back({{"task", nullptr}, {"samples", Json::array({0, 0})}});
      continue;
    }
    const auto& tasks = plan.job.competitions[model.competition].tasks;
    parts.push_back({{"task", tasks[static_cast<size_t>(item.task)].name},
                     {"samples", Json::array({item.samples.begin, item.samples.end})}});
  }
  return {{"unit", u},
          {"group", unit.planned_group},
          {"uid", uid_of(plan, unit.candidate)},
          {"items", Json::array({unit.items.begin, unit.items.end})},
          {"parts", parts},
          {"rows", rows},
          {"seconds", json_number(phase.unit_seconds[u])}};
}

Json phase_json(const RunPlan& plan, const PlannedPhase& phase) {
  Json groups = Json::array();
  for (int g = 0; g < phase.plan.groups; ++g) {
    Json ranks = Json::array();
    for (size_t r = 0; r < phase.groups.size(); ++r) {
      if (phase.groups[r] == g) ranks.push_back(r);
    }
    groups.push_back({{"group", g},
                      {"ranks", ranks},
                      {"seconds", json_number(phase.group_seconds[static_cast<size_t>(g)])}});
  }
  Json idle = Json::array();
  for (size_t r = 0; r < phase.groups.size(); ++r) {
    if (phase.groups[r] < 0) idle.push_back(r);
  }
  Json units = Json::array();
  for (size_t u = 0; u < phase.plan.units.size(); ++u) units.push_back(unit_json(plan, phase, u));
  return {{"tp", phase.tp},   {"rows", rows_of(phase.work)},
          {"groups", groups}, {"idle_ranks", idle},
          {"units", units},   {"seconds", json_number(phase.seconds)}};
}

}  // namespace

Json plan_json(const RunPlan& plan) {
  Json competitions = Json::array();
  for (size_t c = 0; c < plan.degrees.size(); ++c) {
    competitions.push_back(competition_json(plan.job.competitions[c], plan.degrees[c]));
    if (plan.machine.gpu) competitions.back()["degrees"] = options_json(plan.options[c]);
  }
  Json candidates = Json::array();
  for (size_t i = 0; i < plan.admissions.size(); ++i) candidates.push_back(candidate_json(plan, i));
  Json phases = Json::array();
  double seconds = 0;
  for (const PlannedPhase& phase : plan.phases) {
    phases.push_back(phase_json(plan, phase));
    seconds += phase.seconds;
  }
  return {{"schema", "verdict-plan-1"},
          {"machine", machine_json(plan.machine)},
          {"competitions", competitions},
          {"candidates", candidates},
          {"phases", phases},
          {"shared_rows", plan.shared_rows},
          {"unhashed_models", plan.unhashed},
          {"seconds", json_number(seconds)}};
}

}  // namespace verdict
