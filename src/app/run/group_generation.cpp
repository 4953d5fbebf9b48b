// The sanity generation of a group's model, and what is wrong with a model first of all.
#include "app/run/group_worker.h"
#include "app/run/sanity.h"
#include "verdict/competition/degeneracy.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

// Collective over the group: what the model says after the prompts of all tasks.
GeneratedTexts GroupWorker::say(size_t model) {
  const size_t competition = job_.models[model].competition;
  const std::vector<Prompt> prompts = prompts_of(job_.competitions[competition]);
  try {
    ModelSession::Said said = model_.session().say(
        {.prompts = static_cast<int64_t>(prompts.size()),
         .prompt_tokens = kPromptTokens,
         .tokens = kGeneratedTokens},
        [&](int64_t prompt) {
          const Prompt& p = prompts[static_cast<size_t>(prompt)];
          return data_of(competition, p.task).tokens(row_of(job_.competitions[competition], p));
        });
    return {.prompt_tokens = said.prompt_tokens, .tokens = std::move(said.tokens)};
  } catch (const ModelError& e) {
    throw ModelError(std::string("sanity generation, ") + e.what());
  }
}

void GroupWorker::write_down(size_t model, const GeneratedTexts& said, double compute_seconds) {
  JournalItem entry = entry_of(model, {.generation = true}, compute_seconds);
  entry.generated = said;
  journal_->item(entry);
  table_.set_generated(model, said);
  table_.add_timing({.model = model,
                     .generation = true,
                     .leader_rank = world_rank_,
                     .load_seconds = model_.load_seconds(),
                     .compute_seconds = compute_seconds});
}

// False if the model is degenerate, and was given up for it.
bool GroupWorker::do_generation(size_t model) {
  const auto start = Clock::now();
  const GeneratedTexts said = say(model);
  if (group_.leader())
    write_down(model, said, std::chrono::duration<double>(Clock::now() - start).count());
  const auto failure = find_degeneracy(job_.competitions[job_.models[model].competition], said);
  if (failure) give_up(model, "degenerate", *failure);
  return !failure;
}

// The same in search of a failure: it is written down only if it is one.
std::optional<ModelFailure> GroupWorker::look_for_degeneracy(size_t model) {
  const GeneratedTexts said = say(model);
  auto failure = find_degeneracy(job_.competitions[job_.models[model].competition], said);
  if (failure && group_.leader()) write_down(model, said, 0);
  return failure;
}

// Whatever a group meets first, the model's failure is the first in the order of its items, the
// sanity generation before all rows: results must not depend on who computed what. Only logits that
// are not finite in the generation stand back behind those of a row, which say more. `met` if there
// is no time to look; nothing if the run is stopped meanwhile.
std::optional<ModelFailure> GroupWorker::first_failure(size_t model, std::string met) {
  const auto start = Clock::now();
  for (const WorkItem& item : items_of(job_, model)) {
    const Next next = decide(start);
    if (next == Next::stop) return std::nullopt;
    if (next == Next::late) break;
    try {
      if (!item.generation) {
        static_cast<void>(score(model, item));
      } else if (auto failure = look_for_degeneracy(model)) {
        return failure;
      }
    } catch (const ModelError& e) {
      met = e.what();
      if (!item.generation) break;
    }
  }
  return ModelFailure{.status = Status::non_finite, .reason = std::move(met)};
}

}  // namespace verdict
