#include "competition/competition_reader.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "verdict/core/table.h"

namespace verdict {
namespace {

constexpr double kSumTolerance = 1e-9;

int64_t integer_in(const TomlTable& t, std::string_view key, int64_t least, int64_t most) {
  const int64_t value = t.integer(key);
  if (value >= least && value <= most) return value;
  const std::string limit = most == std::numeric_limits<int64_t>::max()
                                ? "at least " + std::to_string(least)
                                : std::to_string(least) + " to " + std::to_string(most);
  t.fail(key, "must be " + limit + ", found " + std::to_string(value));
}

int64_t integer_from(const TomlTable& t, std::string_view key, int64_t least) {
  return integer_in(t, key, least, std::numeric_limits<int64_t>::max());
}

std::string text_of(const TomlTable& t, std::string_view key) {
  std::string text = t.string(key);
  if (text.empty()) t.fail(key, "must not be empty");
  return text;
}

// Names become group names in HDF5 and parts of file names.
std::string name_of(const TomlTable& t) {
  std::string name = t.string("name");
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  if (name.empty() || name.size() > 32 || !std::all_of(name.begin(), name.end(), allowed)) {
    t.fail("name", "must be 1 to 32 letters, digits, '_' or '-', found '" + printable(name) + "'");
  }
  return name;
}

double epsilon_value(const TomlTable& t, std::string_view key) {
  const double value = t.number(key);
  if (!(value >= 0.0 && value < 1.0)) t.fail(key, "must be at least 0 and less than 1");
  return value;
}

Epsilon read_epsilon(const TomlTable& t) {
  Epsilon epsilon;
  const std::string kind = t.string("kind");
  if (kind == "fixed") {
    epsilon.start = epsilon.end = epsilon_value(t, "value");
  } else if (kind == "linear") {
    epsilon.kind = Epsilon::Kind::linear;
    epsilon.start = epsilon_value(t, "start");
    epsilon.end = epsilon_value(t, "end");
    epsilon.blocks = integer_from(t, "blocks", 1);
  } else {
    t.fail("kind", "must be \"fixed\" or \"linear\", found \"" + printable(kind) + "\"");
  }
  t.refuse_unknown_keys();
  return epsilon;
}

Tokenizer read_tokenizer(const TomlTable& t) {
  Tokenizer tokenizer;
  tokenizer.name = text_of(t, "name");
  // Token ids are stored as uint32.
  tokenizer.vocab_size = integer_in(t, "vocab_size", 1, int64_t{1} << 32);
  tokenizer.eos_id = integer_in(t, "eos_id", 0, tokenizer.vocab_size - 1);
  t.refuse_unknown_keys();
  return tokenizer;
}

PinnedNumerics read_numerics(const TomlTable& t) {
  constexpr int64_t kMost = std::numeric_limits<int>::max();
  PinnedNumerics numerics;
  if (t.has("dtype")) {
    numerics.dtype = t.string("dtype");
    if (numerics.dtype != "float32" && numerics.dtype != "bfloat16") {
      t.fail("dtype",
             "must be \"float32\" or \"bfloat16\", found \"" + printable(*numerics.dtype) + "\"");
    }
  }
  if (t.has("tp")) numerics.tp = static_cast<int>(integer_in(t, "tp", 1, kMost));
  if (t.has("micro_batch")) {
    numerics.micro_batch = static_cast<int>(integer_in(t, "micro_batch", 1, kMost));
  }
  t.refuse_unknown_keys();
  return numerics;
}

// { soft = 200.0, soft_share = 0.15, hard = 1000.0 }
NormLimits read_norms(const TomlTable& t) {
  const NormLimits limits{
      .soft = t.number("soft"), .soft_share = t.number("soft_share"), .hard = t.number("hard")};
  if (!(limits.soft > 0.0 && limits.soft <= limits.hard && std::isfinite(limits.hard)))
    t.fail("hard", "must be finite and not below soft, which must be more than 0");
  if (!(limits.soft_share >= 0.0 && limits.soft_share <= 1.0))
    t.fail("soft_share", "must be 0 to 1");
  t.refuse_unknown_keys();
  return limits;
}

// "none" or { inverse_exponential = { ceiling = 5.0 } }.
Normalization read_normalization(const TomlTable& task) {
  constexpr std::string_view kKey = "normalization";
  Normalization normalization;
  if (!task.has(kKey)) return normalization;
  if (!task.is_table(kKey)) {
    if (task.string(kKey) != "none") {
      task.fail(kKey, "must be \"none\" or { inverse_exponential = { ceiling = … } }");
    }
    return normalization;
  }
  const TomlTable choice = task.table(kKey);
  const TomlTable parameters = choice.table("inverse_exponential");
  normalization.kind = Normalization::Kind::inverse_exponential;
  normalization.ceiling = parameters.number("ceiling");
  if (!(normalization.ceiling > 0.0 && std::isfinite(normalization.ceiling))) {
    parameters.fail("ceiling", "must be more than 0 and finite");
  }
  parameters.refuse_unknown_keys();
  choice.refuse_unknown_keys();
  return normalization;
}

Task read_task(const TomlTable& t) {
  Task task;
  task.name = name_of(t);
  task.method = t.string("method");
  if (task.method != "text_loss") {
    t.fail("method", "must be \"text_loss\", found \"" + printable(task.method) + "\"");
  }
  task.data = t.strings("data");
  if (task.data.empty()) t.fail("data", "must name at least one shard");
  for (const std::string& pattern : task.data) {
    if (pattern.empty()) t.fail("data", "must not hold an empty pattern");
  }
  task.weight = t.number("weight");
  if (!(task.weight > 0.0 && std::isfinite(task.weight))) t.fail("weight", "must be more than 0");
  task.rows = integer_from(t, "rows", 1);
  task.normalization = read_normalization(t);
  t.refuse_unknown_keys();
  return task;
}

std::vector<Task> read_tasks(const TomlTable& holder, const std::string& competition) {
  std::vector<Task> tasks;
  std::set<std::string> names;
  double sum = 0.0;
  for (const TomlTable& table : holder.tables("task")) {
    tasks.push_back(read_task(table));
    sum += tasks.back().weight;
    if (!names.insert(tasks.back().name).second) {
      table.fail("name", "'" + tasks.back().name + "' occurs twice in competition " + competition);
    }
  }
  if (tasks.empty())
    holder.fail("", "of " + competition + " needs at least one [[competition.task]]");
  if (std::abs(sum - 1.0) > kSumTolerance) {
    holder.fail("task", "weights of competition " + competition + " must sum to 1, found " +
                            format_fixed(sum, 10));
  }
  return tasks;
}

void read_constraints(const Layers& layers, Competition& c) {
  if (layers.has("architectures")) {
    const TomlTable& t = layers.holder("architectures");
    c.architectures = t.strings("architectures");
    if (c.architectures.empty())
      t.fail("architectures", "must not be empty; leave it out to allow all");
  }
  const TomlTable& t = layers.holder("parameters");
  const std::vector<int64_t> bounds = t.integers("parameters");
  if (bounds.size() != 2 || bounds[0] < 0 || bounds[0] > bounds[1]) {
    t.fail("parameters", "must be [least, most] with 0 ≤ least ≤ most");
  }
  c.min_parameters = bounds[0];
  c.max_parameters = bounds[1];
  c.max_bytes = static_cast<uint64_t>(integer_from(layers.holder("max_bytes"), "max_bytes", 1));
  c.sequence_length = integer_from(layers.holder("sequence_length"), "sequence_length", 2);
  c.tokenizer = read_tokenizer(layers.holder("tokenizer").table("tokenizer"));
}

Payout read_payout(const TomlTable& t) {
  const std::string payout = t.string("payout");
  if (payout == "softmax") return Payout::softmax;
  if (payout == "winner") return Payout::winner;
  t.fail("payout", "must be \"softmax\" or \"winner\", found \"" + printable(payout) + "\"");
}

}  // namespace

const TomlTable& Layers::holder(std::string_view key) const {
  // Asking every table marks the key as known in all of them, also where a later one replaces it.
  const TomlTable* found = &tables_.front();
  for (const TomlTable& table : tables_) {
    if (table.has(key)) found = &table;
  }
  return *found;
}

void Layers::refuse_unknown_keys() const {
  for (const TomlTable& table : tables_) table.refuse_unknown_keys();
}

Competition read_competition(const Layers& layers) {
  Competition c;
  c.id = integer_from(layers.own(), "id", 0);
  c.name = name_of(layers.own());
  const TomlTable& reward = layers.holder("reward");
  c.reward = reward.number("reward");
  if (!(c.reward >= 0.0 && c.reward <= 1.0 + kSumTolerance))
    reward.fail("reward", "must be 0 to 1");
  read_constraints(layers, c);
  c.epsilon = read_epsilon(layers.holder("epsilon").table("epsilon"));
  if (layers.has("eval_block_delay")) {
    c.eval_block_delay = integer_from(layers.holder("eval_block_delay"), "eval_block_delay", 0);
  }
  if (layers.has("scheduled")) c.scheduled = layers.holder("scheduled").boolean("scheduled");
  if (layers.has("sanity_generation"))
    c.sanity_generation = layers.holder("sanity_generation").boolean("sanity_generation");
  if (layers.has("norms")) c.norms = read_norms(layers.holder("norms").table("norms"));
  if (layers.has("payout")) c.payout = read_payout(layers.holder("payout"));
  if (layers.has("numerics"))
    c.numerics = read_numerics(layers.holder("numerics").table("numerics"));
  c.tasks = read_tasks(layers.holder("task"), c.name);
  layers.refuse_unknown_keys();
  return c;
}

std::vector<FromTable> from_tables(const TomlTable& competition) {
  std::vector<FromTable> all;
  for (const TomlTable& table : competition.tables("from")) {
    all.push_back({.block = integer_from(table, "block", 0), .table = table});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const FromTable& a, const FromTable& b) { return a.block < b.block; });
  for (size_t i = 1; i < all.size(); ++i) {
    if (all[i].block == all[i - 1].block) {
      all[i].table.fail("block", std::to_string(all[i].block) + " occurs twice");
    }
  }
  return all;
}

}  // namespace verdict
