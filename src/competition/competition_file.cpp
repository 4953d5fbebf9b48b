#include "verdict/competition/competition_file.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "competition/competition_reader.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

constexpr double kSumTolerance = 1e-9;

int64_t top_integer(const TomlTable& t, std::string_view key, int64_t least, int64_t most) {
  const int64_t value = t.integer(key);
  if (value < least || value > most) {
    t.fail(key, "must be " + std::to_string(least) + " to " + std::to_string(most) + ", found " +
                    std::to_string(value));
  }
  return value;
}

// The competition at `block`. Every other moment of its history is read too, and so checked.
Competition competition_at(const TomlTable& table, int64_t block) {
  std::vector<TomlTable> layers{table};
  const std::vector<FromTable> history = from_tables(table);
  Competition now = read_competition(Layers(layers));
  std::vector<ScheduleChange> schedule{{.block = 0, .scheduled = now.scheduled}};
  for (const FromTable& from : history) {
    layers.push_back(from.table);
    Competition then = read_competition(Layers(layers));
    schedule.push_back({.block = from.block, .scheduled = then.scheduled});
    if (from.block <= block) now = std::move(then);
  }
  now.scheduled = is_scheduled(schedule, block);
  now.schedule = std::move(schedule);
  return now;
}

void refuse_repeated(const std::vector<Competition>& competitions,
                     const std::vector<TomlTable>& tables) {
  std::map<int64_t, std::string> name_of_id;
  std::map<std::string, int64_t> id_of_name;
  for (size_t i = 0; i < competitions.size(); ++i) {
    const Competition& c = competitions[i];
    const auto id = name_of_id.emplace(c.id, c.name);
    if (!id.second) {
      tables[i].fail("id", std::to_string(c.id) + " is the id of competition " + id.first->second +
                               " already");
    }
    const auto name = id_of_name.emplace(c.name, c.id);
    if (!name.second) {
      tables[i].fail("name", c.name + " is the name of competition " +
                                 std::to_string(name.first->second) + " already");
    }
  }
}

}  // namespace

bool is_scheduled(const std::vector<ScheduleChange>& schedule, int64_t block) {
  const auto last =
      std::find_if(schedule.rbegin(), schedule.rend(),
                   [&](const ScheduleChange& change) { return change.block <= block; });
  if (last == schedule.rend()) {
    throw SystemError(ExitCode::usage,
                      "no competitions are scheduled at block " + std::to_string(block));
  }
  return last->scheduled;
}

CompetitionFile parse_competitions(std::string_view text, const std::string& file_name,
                                   int64_t block) {
  const TomlTable root = TomlTable::parse(text, file_name);
  CompetitionFile file;
  file.text = text;
  file.path = file_name;
  file.uids = top_integer(root, "uids", 1, 65536);
  file.netuid = top_integer(root, "netuid", 0, 65535);
  file.version_key = root.integer("version_key");
  if (file.version_key < 0) root.fail("version_key", "must not be negative");
  const std::vector<TomlTable> tables = root.tables("competition");
  root.refuse_unknown_keys();
  if (tables.empty()) root.fail("competition", "is missing: write at least one [[competition]]");
  double rewards = 0.0;
  for (const TomlTable& table : tables) {
    file.competitions.push_back(competition_at(table, block));
    if (file.competitions.back().scheduled) rewards += file.competitions.back().reward;
  }
  refuse_repeated(file.competitions, tables);
  if (rewards > 1.0 + kSumTolerance) {
    root.fail("competition", "rewards must sum to at most 1, found " + format_fixed(rewards, 10) +
                                 " at block " + std::to_string(block));
  }
  return file;
}

CompetitionFile read_competitions(const std::filesystem::path& path, int64_t block) {
  return parse_competitions(read_text(path), path.string(), block);
}

}  // namespace verdict
