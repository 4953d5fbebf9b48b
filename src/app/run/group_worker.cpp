#include "app/run/group_worker.h"

#include <sstream>

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
      table_(table) {
  if (group_.leader()) journal_.emplace(options_.journal, world_rank_);
  request_.group = group_.index;
}

void GroupWorker::run() {
  while (const auto unit = next_unit()) do_unit(*unit);
}

// The leader asks rank 0; the others wait asleep for what it says.
std::optional<int64_t> GroupWorker::next_unit() {
  std::string answer;
  if (group_.leader()) {
    request_.stopping = stopping();
    dispatcher_.ask(request_);
    const auto unit = dispatcher_.receive();
    answer = unit ? std::to_string(*unit) : "none";
  }
  answer = group_.control.broadcast_patiently(answer, 0);
  if (answer == "none") return std::nullopt;
  return std::stoll(answer);
}

void GroupWorker::do_unit(int64_t number) {
  const Unit& unit = plan_.units[static_cast<size_t>(number)];
  const auto model = static_cast<size_t>(unit.candidate);
  request_.finished_unit = number;
  request_.candidate_failed = false;
  if (journal_) {
    journal_->begin({{"model", job_.models[model].content_hash},
                     {"items", Json::array({unit.items.begin, unit.items.end})}});
  }
  try {
    load(model);
  } catch (const ModelError& e) {
    if (is_as_checked(model)) {
      give_up(model, "model_failed", {.status = Status::non_finite, .reason = e.what()});
    } else {
      give_up(model, "load_failed", {.status = Status::io_error, .reason = e.what()});
    }
    return;
  }
  if (agreed(session_->load_seconds() > options_.model_timeout_seconds)) {
    give_up_late(model, "loaded");
    return;
  }
  try {
    do_items(model, unit.items);
  } catch (const ModelError& e) {
    const auto reason = first_failure(model, e.what());
    if (!reason) return;  // Stopped: the next start finds it again.
    give_up(model, "model_failed", {.status = Status::non_finite, .reason = *reason});
  }
}

void GroupWorker::do_items(size_t model, Range items) {
  const auto start = Clock::now();
  for (int64_t i = items.begin; i < items.end; ++i) {
    const Next next = decide(start);
    if (next == Next::stop) return;
    if (next == Next::late) {
      give_up_late(model, "computed");
      return;
    }
    do_item(model, left_[model].items[static_cast<size_t>(i)]);
  }
}

// Whichever sample a group meets first, the reason given is that of the model's first bad sample:
// results must not depend on who computed what. `met` if there is no time to look; nothing if the
// run is stopped meanwhile.
std::optional<std::string> GroupWorker::first_failure(size_t model, std::string met) {
  const auto start = Clock::now();
  try {
    for (const WorkItem& item : items_of(job_, model)) {
      const Next next = decide(start);
      if (next == Next::stop) return std::nullopt;
      if (next == Next::late) break;
      static_cast<void>(score(model, item));
    }
  } catch (const ModelError& e) {
    return e.what();
  }
  return met;
}

void GroupWorker::load(size_t model) {
  if (loaded_ == model) return;
  session_.reset();  // Frees the model before the next one comes.
  loaded_.reset();
  const JobModel& m = job_.models[model];
  const JobCompetition& competition = job_.competitions[m.competition];
  session_.emplace(ModelSession::load({.folder = m.folder,
                                       .model_root = options_.model_root,
                                       .stamps = m.stamps,
                                       .numerics = competition.numerics,
                                       .length = competition.tasks.front().rules.sequence_length},
                                      group_));
  loaded_ = model;
}

std::vector<RowLoss> GroupWorker::score(size_t model, const WorkItem& item) {
  const size_t competition = job_.models[model].competition;
  const auto task = static_cast<size_t>(item.task);
  const JobTask& rows = job_.competitions[competition].tasks[task];
  try {
    return session_->score(item.samples, [&](int64_t sample) {
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
  const size_t competition = job_.models[model].competition;
  const auto task = static_cast<size_t>(item.task);
  const auto start = Clock::now();
  const std::vector<RowLoss> losses = score(model, item);
  if (!group_.leader()) return;
  const double compute_seconds = seconds_since(start);
  JournalItem entry{.key = key_of(job_, model, item),
                    .model = job_.models[model].content_hash,
                    .competition = job_.competitions[competition].name,
                    .task = job_.competitions[competition].tasks[task].name,
                    .samples = item.samples,
                    .load_seconds = session_->load_seconds(),
                    .compute_seconds = compute_seconds,
                    .leader_rank = world_rank_,
                    .numerics = parse_json(numerics_text(job_.competitions[competition].numerics))};
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
                     .load_seconds = session_->load_seconds(),
                     .compute_seconds = compute_seconds});
  dispatcher_.report_rows(group_.index, item.samples.size());
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
  request_.candidate_failed = true;
  session_.reset();
  loaded_.reset();
  table_.fail(model, failure);
  if (journal_) {
    const JobModel& m = job_.models[model];
    journal_->event({.name = event,
                     .model = m.content_hash,
                     .reason = failure.reason,
                     .fields = {{"competition", job_.competitions[m.competition].name},
                                {"attempt", options_.attempt}}});
  }
}

}  // namespace verdict
