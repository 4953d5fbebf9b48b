#include "app/run/degree.h"

#include <optional>

#include "verdict/core/error.h"
#include "verdict/core/table.h"
#include "verdict/results/content.h"

namespace verdict {
namespace {

// Nothing if the model cannot be split so.
std::optional<uint64_t> bytes_at(const DecoderSpec& spec, const Competition& competition,
                                 Numerics numerics, int tp) {
  numerics.tp = tp;
  try {
    return need_of(spec, competition, numerics).total();
  } catch (const ModelError&) {
    return std::nullopt;
  }
}

std::string reason(const Candidate& candidate, const DecoderSpec& spec,
                   const Competition& competition, const Numerics& numerics, int tp,
                   uint64_t rank_memory) {
  const auto need = [&](int degree) {
    const auto bytes = bytes_at(spec, competition, numerics, degree);
    return "TP " + std::to_string(degree) + (bytes ? " " + format_bytes(*bytes) : " impossible");
  };
  return "the smallest that fits: " + printable(model_label(candidate.uid, candidate.repo)) +
         " needs a rank at " + (tp > 1 ? need(1) + ", at " : "") + need(tp) + "; a rank has " +
         format_bytes(rank_memory);
}

}  // namespace

int smallest_degree(const DecoderSpec& spec, const Competition& competition,
                    const Numerics& numerics, const DegreeRoom& room) {
  for (int tp = 1; tp <= room.ranks; ++tp) {
    if (room.ranks % tp != 0) continue;
    const auto bytes = bytes_at(spec, competition, numerics, tp);
    if (bytes && *bytes <= room.rank_memory) return tp;
  }
  return 0;
}

Degree choose_degree(const Inputs& inputs, size_t competition,
                     const std::vector<Admission>& admissions, const EvaluateOptions& options,
                     const DegreeRoom& room) {
  const Competition& rules = inputs.competitions.competitions[competition];
  const Numerics numerics = resolve_numerics(options, rules, room.machine);
  if (rules.numerics.tp) return {.tp = numerics.tp, .why = "pinned by the competition"};
  if (options.tp != "auto") return {.tp = numerics.tp, .why = "as --tp says"};
  if (!room.machine.gpu) return {.tp = numerics.tp, .why = "auto, which is 1 on CPU"};
  Degree chosen{.tp = 1, .why = "no model of it fits this memory at any degree, or it has none"};
  int highest = 0;
  for (size_t i = 0; i < admissions.size(); ++i) {
    const Candidate& candidate = inputs.candidates.candidates[i];
    if (admissions[i].status != Status::ok || competition_of(inputs, candidate) != competition)
      continue;
    const int tp = smallest_degree(*admissions[i].spec, rules, numerics, room);
    if (tp <= highest) continue;
    highest = tp;
    chosen = {.tp = tp,
              .why = reason(candidate, *admissions[i].spec, rules, numerics, tp, room.rank_memory)};
  }
  return chosen;
}

}  // namespace verdict
