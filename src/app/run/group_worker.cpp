#include "app/run/group_worker.h"

#include <sstream>

#include "app/run/device_trouble.h"
#include "verdict/checkpoint/checkpoint.h"
#include "verdict/core/error.h"
#include "verdict/core/json.h"

namespace verdict {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

GroupWorker::GroupWorker(const Job& job, const std::vector<CandidateWork>& left, const Plan& plan,
                         const WorkOptions& options, const Group& group, const MpiComm& channel,
                         int world_rank, LossTable& table)
    : job_(job),
      left_(left),
      plan_(plan),
      options_(options),
      group_(group),
      dispatcher_(channel),
      world_rank_(world_rank),
      table_(table),
      model_(job, options, group) {
  if (group_.leader()) journal_.emplace(options_.journal, world_rank_);
}

void GroupWorker::run() {
  try {
    take_units();
  } catch (const std::exception& e) {
    const auto trouble = device_trouble(e);
    if (!trouble) throw;
    const JobModel& m = job_.models[model_of(unit_)];
    end_with_trouble(*trouble, m, job_.competitions[m.competition].name, options_.attempt,
                     options_.journal, world_rank_);
  }
}

void GroupWorker::take_units() {
  std::optional<int64_t> unit = next_unit();
  while (unit) {
    const std::optional<int64_t> ahead = do_unit(*unit);
    unit = ahead ? ahead : next_unit();
  }
}

std::optional<int64_t> GroupWorker::next_unit() {
  if (group_.leader()) dispatcher_.ask({.group = group_.index, .stopping = stopping()});
  return share_answer();
}

// The leader hears rank 0's answer; the others wait asleep for what it says.
std::optional<int64_t> GroupWorker::share_answer() {
  std::string answer;
  if (group_.leader()) {
    const auto unit = dispatcher_.receive();
    answer = unit ? std::to_string(*unit) : "none";
  }
  answer = group_.control.broadcast_patiently(answer, 0);
  if (answer == "none") return std::nullopt;
  return std::stoll(answer);
}

// Returns the unit after this one if it is known already.
std::optional<int64_t> GroupWorker::do_unit(int64_t number) {
  unit_ = number;
  const size_t model = model_of(number);
  if (agreed(stopping())) {
    if (group_.leader()) {
      dispatcher_.report({.group = group_.index, .unit = number, .end = UnitEnd::stopped});
    }
    return std::nullopt;
  }
  if (group_.leader()) {
    dispatcher_.ask({.group = group_.index, .ahead = true, .stopping = stopping()});
    dispatcher_.report_start(group_.index, number);
  }
  const bool loaded = load(model);
  const GroupModel::Times times = model_.last_hold();
  const std::optional<int64_t> ahead = share_answer();
  UnitEnd end = UnitEnd::failed;
  if (loaded) {
    if (ahead) model_.prepare(model_of(*ahead));
    end = compute(model, plan_.units[static_cast<size_t>(number)].items);
  }
  if (group_.leader()) {
    dispatcher_.report({.group = group_.index,
                        .unit = number,
                        .end = end,
                        .load_seconds = times.load_seconds,
                        .wait_seconds = times.wait_seconds});
  }
  return ahead;
}

// False if the model was given up.
bool GroupWorker::load(size_t model) {
  if (failed_.contains(model)) return false;
  if (journal_) {
    const Unit& unit = plan_.units[static_cast<size_t>(unit_)];
    journal_->begin({{"model", job_.models[model].content_hash},
                     {"items", Json::array({unit.items.begin, unit.items.end})}});
  }
  try {
    model_.hold(model);
  } catch (const ModelError& e) {
    if (!model_.is_other_content() && is_as_checked(model)) {
      give_up(model, "model_failed", {.status = Status::non_finite, .reason = e.what()});
    } else {
      give_up(model, "load_failed", {.status = Status::io_error, .reason = e.what()});
    }
    return false;
  }
  if (agreed(model_.load_seconds() > options_.model_timeout_seconds)) {
    give_up_late(model, "loaded");
    return false;
  }
  return true;
}

UnitEnd GroupWorker::compute(size_t model, Range items) {
  try {
    return do_items(model, items);
  } catch (const ModelError& e) {
    const auto failure = first_failure(model, e.what());
    if (!failure) return UnitEnd::stopped;  // The next start finds it again.
    give_up(model, "model_failed", *failure);
    return UnitEnd::failed;
  }
}

UnitEnd GroupWorker::do_items(size_t model, Range items) {
  const auto start = Clock::now();
  for (int64_t i = items.begin; i < items.end; ++i) {
    const Next next = decide(start);
    if (next == Next::stop) return UnitEnd::stopped;
    if (next == Next::late) {
      give_up_late(model, "computed");
      return UnitEnd::failed;
    }
    const WorkItem& item = left_[model].items[static_cast<size_t>(i)];
    if (item.generation && !do_generation(model)) return UnitEnd::failed;
    if (!item.generation) do_item(model, item);
  }
  return UnitEnd::finished;
}

std::vector<RowLoss> GroupWorker::score(size_t model, const WorkItem& item) {
  const size_t competition = job_.models[model].competition;
  const auto task = static_cast<size_t>(item.task);
  const JobTask& rows = job_.competitions[competition].tasks[task];
  try {
    return model_.session().score(item.samples, [&](int64_t sample) {
      return data_of(competition, task).tokens(rows.rows[static_cast<size_t>(sample)]);
    });
  } catch (const ModelError& e) {
    throw ModelError("task '" + rows.name + "', " + e.what());
  }
}

// Whether the files are still those that passed every check, as the leader sees them: then what is
// wrong is the model's own, and no later start can find it otherwise.
bool GroupWorker::is_as_checked(size_t model) const {
  bool same = false;
  if (group_.leader()) {
    try {
      const JobModel& m = job_.models[model];
      same = model_stamps(Checkpoint::open(m.folder, options_.model_root)) == m.stamps;
    } catch (const ModelError&) {
      same = false;
    }
  }
  return agreed(same);
}

void GroupWorker::do_item(size_t model, const WorkItem& item) {
  const auto start = Clock::now();
  const std::vector<RowLoss> losses = score(model, item);
  if (!group_.leader()) return;
  write_down(model, item, losses, seconds_since(start));
  dispatcher_.report_rows(unit_, item.samples.size());
}

void GroupWorker::write_down(size_t model, const WorkItem& item, const std::vector<RowLoss>& losses,
                             double compute_seconds) {
  const size_t competition = job_.models[model].competition;
  const auto task = static_cast<size_t>(item.task);
  JournalItem entry = entry_of(model, item, compute_seconds);
  entry.task = job_.competitions[competition].tasks[task].name;
  for (size_t i = 0; i < losses.size(); ++i) {
    entry.nll_nat.push_back(losses[i].nll);
    entry.tokens.push_back(losses[i].targets);
    table_.set(model, task, item.samples.begin + static_cast<int64_t>(i), losses[i].nll,
               losses[i].targets);
  }
  journal_->item(entry);
  table_.add_timing({.model = model,
                     .task = task,
                     .samples = item.samples,
                     .leader_rank = world_rank_,
                     .load_seconds = model_.load_seconds(),
                     .compute_seconds = compute_seconds});
}

// Without what was computed.
JournalItem GroupWorker::entry_of(size_t model, const WorkItem& item,
                                  double compute_seconds) const {
  const JobCompetition& competition = job_.competitions[job_.models[model].competition];
  return {.key = key_of(job_, model, item),
          .model = job_.models[model].content_hash,
          .competition = competition.name,
          .samples = item.samples,
          .load_seconds = model_.load_seconds(),
          .compute_seconds = compute_seconds,
          .leader_rank = world_rank_,
          .numerics = parse_json(numerics_text(competition.numerics))};
}

size_t GroupWorker::model_of(int64_t unit) const {
  return static_cast<size_t>(plan_.units[static_cast<size_t>(unit)].candidate);
}

bool GroupWorker::stopping() const {
  return options_.stop != nullptr && options_.stop->requested();
}

// By the leader's clock and signals.
GroupWorker::Next GroupWorker::decide(Clock::time_point since) const {
  std::string word;
  if (group_.leader() && stopping()) {
    word = "stop";
  } else if (group_.leader() && seconds_since(since) > options_.model_timeout_seconds) {
    word = "late";
  }
  word = group_.control.broadcast(word, 0);
  return word == "stop" ? Next::stop : word == "late" ? Next::late : Next::item;
}

// What the leader says, on every rank.
bool GroupWorker::agreed(bool leaders) const {
  return group_.control.broadcast(leaders ? "yes" : "", 0) == "yes";
}

TaskData& GroupWorker::data_of(size_t competition, size_t task) {
  const auto known = data_.find({competition, task});
  if (known != data_.end()) return known->second;
  const JobTask& t = job_.competitions[competition].tasks[task];
  return data_
      .emplace(std::pair(competition, task), TaskData::open(t.shards, t.rules, VerifyContent::no))
      .first->second;
}

void GroupWorker::give_up_late(size_t model, const std::string& doing) {
  std::ostringstream reason;
  reason << doing << " for more than " << options_.model_timeout_seconds << " s";
  give_up(model, "timeout", {.status = Status::timeout, .reason = reason.str()});
}

void GroupWorker::give_up(size_t model, const std::string& event, const ModelFailure& failure) {
  failed_.insert(model);
  model_.drop();
  table_.fail(model, failure);
  if (journal_ && failure.status != Status::degenerate) {  // Which its item tells.
    const JobModel& m = job_.models[model];
    journal_->event({.name = event,
                     .model = m.content_hash,
                     .reason = failure.reason,
                     .fields = {{"competition", job_.competitions[m.competition].name},
                                {"attempt", options_.attempt}}});
  }
}

}  // namespace verdict
