#include "results/generation_table.h"

#include <numeric>

#include "results/results_columns.h"
#include "results/table_reader.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

// All rows of one size, one after the other.
std::vector<double> flat(const GenerationTable& table) {
  std::vector<double> values;
  for (const auto& model : table.ids) {
    for (const auto& answer : model) values.insert(values.end(), answer.begin(), answer.end());
  }
  return values;
}

void require(bool fits, const std::string& competition) {
  if (!fits)
    throw SystemError("results: " + competition + ": the sanity generation has no row of its size");
}

}  // namespace

void write_generation(Hdf5Group group, const CompetitionResult& c) {
  const GenerationTable& said = c.generation;
  require(said.ids.size() == c.models.size() && said.prompt_tokens.size() == c.models.size(),
          c.name);
  const size_t length = said.ids.empty() ? 0 : said.ids.front().at(0).size();
  for (const auto& model : said.ids) {
    require(model.size() == said.prompts.size(), c.name);
    for (const auto& answer : model) require(answer.size() == length, c.name);
  }
  TableWriter table(std::move(group));
  table.add_axis<std::string>(
      {"model", "model, as uid:repository"},
      column(c.models, [](const ModelResult& m) { return model_label(m.uid, m.repo); }));
  table.add_axis<std::string>({"prompt", "row whose first tokens are continued, as task/sample"},
                              said.prompts);
  std::vector<int64_t> positions(length);
  std::iota(positions.begin(), positions.end(), int64_t{0});
  table.add_axis<int64_t>({"position", "place after the prompt"}, positions);
  table.add<double>({"prompt_tokens", "tokens of each prompt"}, {"model"}, said.prompt_tokens);
  table.add<double>({"token", "id of the token generated, by the highest logit"},
                    {"model", "prompt", "position"}, flat(said));
}

GenerationTable read_generation(Hdf5Group group, size_t models) {
  TableReader table(std::move(group));
  const size_t found = table.axis<std::string>("model").size();
  if (found != models) {
    throw SystemError(ExitCode::bad_data, table.group().place() + "/model: expected " +
                                              std::to_string(models) + " models, found " +
                                              std::to_string(found));
  }
  GenerationTable said{.prompts = table.axis<std::string>("prompt")};
  const size_t length = table.axis<int64_t>("position").size();
  said.prompt_tokens = table.column<double>("prompt_tokens", {"model"});
  const auto ids = table.column<double>("token", {"model", "prompt", "position"});
  auto next = ids.begin();
  for (size_t m = 0; m < models; ++m) {
    auto& answers = said.ids.emplace_back();
    for (size_t p = 0; p < said.prompts.size(); ++p, next += static_cast<std::ptrdiff_t>(length))
      answers.emplace_back(next, next + static_cast<std::ptrdiff_t>(length));
  }
  return said;
}

}  // namespace verdict
