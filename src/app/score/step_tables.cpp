#include "app/score/step_tables.h"

#include "verdict/core/table.h"

namespace verdict {
namespace {

std::string cell(const Json& values, const std::string& uid) {
  const auto found = values.find(uid);
  if (found == values.end()) return "–";
  return found->is_number_integer() ? found->dump() : format_fixed(found->get<double>(), 6);
}

std::string one_step(const Json& step) {
  if (step.contains("error") || step.contains("aborted"))
    return "no competitive model: the reference abandons the step\n";
  std::string text;
  if (step.contains("top_uid")) {
    text = step["top_uid"].is_null() ? "no winner: no model has a score\n"
                                     : "winner uid " + step["top_uid"].dump() + "\n";
  }
  using Align = TextTable::Align;
  TextTable table({{"uid", Align::right},
                   {"wins", Align::right},
                   {"win rate", Align::right},
                   {"weight", Align::right}});
  for (const auto& [uid, weight] : step["step_weights"].items()) {
    table.add_row({uid, cell(step["wins"], uid), cell(step["win_rate"], uid),
                   format_fixed(weight.get<double>(), 6)});
  }
  text += table.text(2);
  if (step.contains("keep")) text += "  to be evaluated again: " + step["keep"].dump() + "\n";
  return text;
}

}  // namespace

std::string step_tables(const Json& played) {
  if (!played.contains("steps")) return one_step(played);
  std::string text;
  size_t number = 0;
  for (const Json& step : played["steps"])
    text += "step " + std::to_string(++number) + ": " + one_step(step);
  using Align = TextTable::Align;
  TextTable table({{"uid", Align::right}, {"published weight", Align::right}});
  for (size_t i = 0; i < played["u16_uids"].size(); ++i)
    table.add_row({played["u16_uids"][i].dump(), played["u16_vals"][i].dump()});
  return text + "at the end:\n" + table.text(2);
}

}  // namespace verdict
