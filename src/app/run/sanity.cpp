#include "app/run/sanity.h"

#include "verdict/competition/degeneracy.h"
#include "verdict/core/error.h"

namespace verdict {

std::vector<Prompt> prompts_of(const JobCompetition& competition) {
  std::vector<Prompt> prompts;
  for (const size_t task : competition.judged_tasks()) {
    for (int64_t sample = 0; sample < kPromptsPerTask; ++sample) prompts.push_back({task, sample});
  }
  return prompts;
}

const DrawnRow& row_of(const JobCompetition& competition, const Prompt& prompt) {
  return competition.tasks[prompt.task].rows[static_cast<size_t>(prompt.sample)];
}

std::string generation_identity(const JobCompetition& competition) {
  const int64_t length = competition.tasks.front().rules.sequence_length;
  return "sanity_generation greedy " + std::to_string(kGeneratedTokens) + " after " +
         std::to_string(kPromptTokens) + " length " + std::to_string(length);
}

double generation_seconds(const JobModel& model, const JobCompetition& competition,
                          const MachineRates& rates) {
  return predicted_generation_seconds(
      model.shape, static_cast<int64_t>(prompts_of(competition).size()), kPromptTokens,
      kGeneratedTokens, competition.numerics.tp, rates);
}

std::optional<ModelFailure> find_degeneracy(const JobCompetition& competition,
                                            const GeneratedTexts& said) {
  const std::vector<size_t> tasks = competition.judged_tasks();
  if (said.tokens.size() != tasks.size() * kPromptsPerTask) {
    throw SystemError("a sanity generation of " + std::to_string(tasks.size()) + " tasks has " +
                      std::to_string(said.tokens.size()) + " answers");
  }
  for (size_t i = 0; i < tasks.size(); ++i) {
    const std::string problem = degeneracy(said.tokens[2 * i], said.tokens[2 * i + 1]);
    if (problem.empty()) continue;
    return ModelFailure{
        .status = Status::degenerate,
        .reason = "sanity generation, task '" + competition.tasks[tasks[i]].name + "': " + problem};
  }
  return std::nullopt;
}

}  // namespace verdict
