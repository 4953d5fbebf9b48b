#include "app/plan/plan_text.h"

#include <algorithm>
#include <set>

#include "app/run/agenda.h"
#include "verdict/core/table.h"
#include "verdict/results/content.h"

namespace verdict {
namespace {

using Align = TextTable::Align;

constexpr size_t kMostNames = 6;

const Candidate& first_candidate(const RunPlan& plan, int64_t model) {
  return plan.inputs.candidates
      .candidates[plan.job.models[static_cast<size_t>(model)].candidates.front()];
}

std::string machine_line(const RunPlan& plan) {
  const PlannedMachine& m = plan.machine;
  return "machine: " + std::to_string(m.ranks) + (m.ranks == 1 ? " rank, " : " ranks, ") +
         std::to_string(m.ranks_per_node) + " a node, " +
         (m.gpu ? "a GPU each" : "CPUs of this node") + ", " + format_bytes(m.rank_memory) +
         " usable a rank\n" +
         (m.gpu ? "  (this build computes on CPU only; memory is by the formula of its decoder)\n"
                : "");
}

// "replicate" is a model on each GPU, or its rows over several.
std::string option_lines(const RunPlan& plan, size_t competition) {
  std::string text;
  for (const DegreeOption& o : plan.options[competition]) {
    const bool chosen = o.tp == plan.job.competitions[competition].numerics.tp;
    text += "  TP " + std::to_string(o.tp) + (o.tp == 1 ? ", replicate: " : ": ");
    if (o.bytes == 0) {
      text += "a model cannot be split so\n";
      continue;
    }
    text += format_bytes(o.bytes) + " a rank " + (o.fits ? "fit" : "do not fit") + ", " +
            std::to_string(o.groups) + (o.groups == 1 ? " group" : " groups");
    if (o.fits) text += ", predicted " + format_duration(o.seconds);
    text += chosen ? "  <- chosen\n" : "\n";
  }
  return text;
}

std::string rates_text(const PlannedMachine& m) {
  std::string text = "a rank computes " + format_fixed(m.rates.flop / 1e12, 3) +
                     " TFLOP/s and reads " + format_fixed(m.rates.load_bytes / 1e9, 2) + " GB/s";
  if (m.rates.all_reduce_bytes > 0) {
    text += ", and a sum takes " + format_fixed(m.rates.all_reduce_seconds * 1e6, 0) +
            " us and moves " + format_fixed(m.rates.all_reduce_bytes / 1e9, 2) + " GB/s";
  }
  return text + (m.calibrated ? " (as measured)" : " (assumed)");
}

std::string degree_lines(const RunPlan& plan) {
  std::string text;
  for (size_t c = 0; c < plan.degrees.size(); ++c) {
    const JobCompetition& competition = plan.job.competitions[c];
    const Numerics& n = competition.numerics;
    text += "competition " + printable(competition.name) + ": TP " + std::to_string(n.tp) + " (" +
            plan.degrees[c].why + "), " + n.dtype + ", micro-batch " +
            std::to_string(n.micro_batch) + ", " + std::to_string(n.threads) +
            (n.threads == 1 ? " thread a rank\n" : " threads a rank\n");
    if (plan.machine.gpu) text += option_lines(plan, c);
  }
  return text;
}

std::string candidate_table(const RunPlan& plan) {
  TextTable table({{"uid", Align::right},
                   {"repo", Align::left},
                   {"competition", Align::left},
                   {"status", Align::left},
                   {"TP", Align::right},
                   {"weights", Align::right},
                   {"activations", Align::right},
                   {"logits", Align::right},
                   {"cache", Align::right},
                   {"loading", Align::right},
                   {"program", Align::right},
                   {"a rank", Align::right}});
  for (size_t i = 0; i < plan.admissions.size(); ++i) {
    const Candidate& c = plan.inputs.candidates.candidates[i];
    const Admission& a = plan.admissions[i];
    const JobCompetition& competition = plan.job.competitions[competition_of(plan.inputs, c)];
    const bool sized = a.need.total() > 0;
    const auto bytes = [&](uint64_t n) { return sized ? format_bytes(n) : std::string("–"); };
    const auto shared = computed_as(plan, i);
    table.add_row(
        {std::to_string(c.uid), printable(c.repo), printable(competition.name),
         std::string(status_name(a.status)) +
             (shared ? ", the bytes of " + std::to_string(*shared) : ""),
         sized ? std::to_string(competition.numerics.tp) : "–", bytes(a.need.weight_bytes),
         bytes(a.need.activation_bytes), bytes(a.need.logits_bytes), bytes(a.need.cache_bytes),
         bytes(a.need.loading_bytes), bytes(a.need.program_bytes), bytes(a.need.total())});
  }
  return "memory of the rank that needs most:\n" + table.text(2);
}

std::string refusals(const RunPlan& plan) {
  std::string text;
  for (size_t i = 0; i < plan.admissions.size(); ++i) {
    const Admission& a = plan.admissions[i];
    if (a.status == Status::ok) continue;
    const Candidate& c = plan.inputs.candidates.candidates[i];
    text += "  " + printable(model_label(c.uid, c.repo)) + ": " +
            std::string(status_name(a.status)) + ": " + printable(a.reason) + "\n";
  }
  return text.empty() ? text : std::string("will not be evaluated:\n").append(text);
}

// "0-3": the world ranks of a group, which follow one another on a node.
std::string ranks_text(const std::vector<int>& groups, int group) {
  const auto first = std::ranges::find(groups, group) - groups.begin();
  const auto size = std::ranges::count(groups, group);
  return size == 1 ? std::to_string(first)
                   : std::to_string(first) + "-" + std::to_string(first + size - 1);
}

std::string models_text(const RunPlan& plan, const std::vector<int64_t>& models) {
  std::string text;
  for (size_t i = 0; i < std::min(models.size(), kMostNames); ++i) {
    const Candidate& c = first_candidate(plan, models[i]);
    text += (i == 0 ? "" : ", ") + printable(model_label(c.uid, c.repo));
  }
  if (models.size() > kMostNames)
    text += " and " + std::to_string(models.size() - kMostNames) + " more";
  return text;
}

std::string group_table(const RunPlan& plan, const PlannedPhase& phase) {
  TextTable table({{"group", Align::right},
                   {"ranks", Align::right},
                   {"units", Align::right},
                   {"rows", Align::right},
                   {"predicted", Align::right},
                   {"models, in order", Align::left}});
  for (int g = 0; g < phase.plan.groups; ++g) {
    int64_t units = 0;
    int64_t rows = 0;
    std::vector<int64_t> models;
    for (const Unit& unit : phase.plan.units) {
      if (unit.planned_group != g) continue;
      ++units;
      if (!std::ranges::count(models, unit.candidate)) models.push_back(unit.candidate);
      const auto& items = phase.work[static_cast<size_t>(unit.candidate)].items;
      for (int64_t i = unit.items.begin; i < unit.items.end; ++i)
        rows += items[static_cast<size_t>(i)].samples.size();
    }
    table.add_row({std::to_string(g), ranks_text(phase.groups, g), std::to_string(units),
                   std::to_string(rows),
                   format_duration(phase.group_seconds[static_cast<size_t>(g)]),
                   units == 0 ? "stays idle" : models_text(plan, models)});
  }
  return table.text(2);
}

std::string phase_text(const RunPlan& plan, const PlannedPhase& phase) {
  std::set<int64_t> models;
  for (const Unit& unit : phase.plan.units) models.insert(unit.candidate);
  const auto idle = std::ranges::count(phase.groups, -1);
  return "TP " + std::to_string(phase.tp) + ": " + std::to_string(models.size()) + " models, " +
         std::to_string(rows_of(phase.work)) + " rows, " + std::to_string(phase.plan.units.size()) +
         " units on " + std::to_string(phase.plan.groups) + " groups" +
         (idle > 0 ? "; " + std::to_string(idle) + " ranks fill no group and stay idle" : "") +
         "; predicted " + format_duration(phase.seconds) + "\n" + group_table(plan, phase);
}

}  // namespace

std::string plan_tables(const RunPlan& plan) {
  std::string text = machine_line(plan) + degree_lines(plan) + candidate_table(plan);
  text += refusals(plan);
  double seconds = 0;
  for (const PlannedPhase& phase : plan.phases) {
    text += phase_text(plan, phase);
    seconds += phase.seconds;
  }
  if (plan.shared_rows > 0) {
    text += std::to_string(plan.shared_rows) +
            " rows more are not computed: their losses are those of equal models or tasks\n";
  }
  if (plan.unhashed > 0) {
    text += std::to_string(plan.unhashed) +
            " models were not hashed yet: those with equal bytes will be computed once only\n";
  }
  return text + "predicted in all: " + format_duration(seconds) + ", if " +
         rates_text(plan.machine) + "\n";
}

}  // namespace verdict
