#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "results/journal_format.h"
#include "verdict/core/error.h"
#include "verdict/core/hash.h"
#include "verdict/results/journal.h"

namespace verdict {
namespace {

namespace fs = std::filesystem;

// "20251123T171100.123456Z"
std::string utc_microseconds(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count() %
      1'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> whole{};
  std::strftime(whole.data(), whole.size(), "%Y%m%dT%H%M%S", &parts);
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%06dZ", static_cast<int>(micros));
  return std::string(whole.data()) + fraction.data();
}

// A name that no earlier process of this rank has taken, however often the job was restarted.
fs::path unused_path(const fs::path& folder, int64_t rank) {
  std::error_code error;
  auto start = std::chrono::system_clock::now();
  while (true) {
    fs::path path = folder / (std::to_string(rank) + "-" + utc_microseconds(start) + ".jsonl");
    if (!fs::exists(path, error)) return path;
    start += std::chrono::microseconds(1);
  }
}

Json line_of_kind(const std::string& kind) {
  Json line = Json::object();
  line["event"] = kind;
  line["v"] = kJournalVersion;
  return line;
}

// Text from a library or a file may not be UTF-8, which JSON must be: then it is replaced rather
// than lost.
std::string sealed(const Json& line) {
  std::string text = line.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.pop_back();
  return text + std::string(kChecksumField) + xxh3_hex(text) + "\"}";
}

void add_losses(Json& line, const JournalItem& item) {
  line["task"] = item.task;
  line["samples"] = Json::array({item.samples.begin, item.samples.end});
  Json nll = Json::array();
  for (const double value : item.nll_nat) nll.push_back(json_number(value));
  line["nll_nat"] = std::move(nll);
  line["tokens"] = item.tokens;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

}  // namespace

JournalWriter::JournalWriter(const fs::path& folder, int64_t rank)
    : file_(unused_path(folder, rank)) {
  Json line = line_of_kind("start");
  line["rank"] = rank;
  line["host"] = host_name();
  line["pid"] = static_cast<int64_t>(::getpid());
  file_.append_line(sealed(line), true);
}

void JournalWriter::begin(const Json& unit) {
  Json line = line_of_kind("begin");
  line["unit"] = unit;
  file_.append_line(sealed(line), false);
}

void JournalWriter::item(const JournalItem& item) {
  if (item.nll_nat.size() != item.tokens.size() ||
      static_cast<int64_t>(item.tokens.size()) != item.samples.size()) {
    throw SystemError("journal item of " + std::to_string(item.samples.size()) + " samples has " +
                      std::to_string(item.nll_nat.size()) + " losses and " +
                      std::to_string(item.tokens.size()) + " token counts");
  }
  Json line = line_of_kind("item");
  line["key"] = item.key;
  line["model"] = item.model;
  line["competition"] = item.competition;
  if (item.generated) {
    line["prompt_tokens"] = item.generated->prompt_tokens;
    line["generated"] = item.generated->tokens;
  } else {
    add_losses(line, item);
  }
  line["load_seconds"] = json_number(item.load_seconds);
  line["compute_seconds"] = json_number(item.compute_seconds);
  line["leader_rank"] = item.leader_rank;
  line["numerics"] = item.numerics;
  file_.append_line(sealed(line), true);
}

void JournalWriter::event(const JournalEvent& event) {
  Json line = line_of_kind(event.name);
  if (!event.model.empty()) line["model"] = event.model;
  if (!event.reason.empty()) line["reason"] = event.reason;
  for (const auto& [name, value] : event.fields.items()) {
    if (line.contains(name) || name == "key" || name == "model" || name == "reason" ||
        name == "xxh3") {
      throw SystemError("journal event '" + event.name + "' must not have a field '" + name + "'");
    }
    line[name] = value;
  }
  if (event.name == "item" || event.name == "begin" || event.name == "start") {
    throw SystemError("a journal line '" + event.name + "' is not an event");
  }
  file_.append_line(sealed(line), true);
}

}  // namespace verdict
