// The journal: the truth while a run is in progress. Append-only JSON lines, a new file per
// process; every line ends with a field "xxh3", the XXH3 (16 hex digits) of the line's text before
// the comma in front of that field.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verdict/core/file.h"
#include "verdict/core/json.h"
#include "verdict/core/range.h"

namespace verdict {

// What a model said in the sanity generation.
struct GeneratedTexts {
  int64_t prompt_tokens = 0;                   // That each prompt had.
  std::vector<std::vector<int64_t>> tokens{};  // [prompts][tokens after each]
  friend bool operator==(const GeneratedTexts&, const GeneratedTexts&) = default;
};

// A finished task of a unit, or the sanity generation, which is of all tasks and has no samples.
struct JournalItem {
  std::string key{};    // item_key() of what was computed.
  std::string model{};  // SHA-256 of the model's files, hex.
  std::string competition{};
  std::string task{};
  Range samples{};
  std::vector<double> nll_nat{};  // [samples], sum over the row's targets
  std::vector<int64_t> tokens{};  // [samples], targets of the row
  std::optional<GeneratedTexts> generated{};
  double load_seconds = 0;
  double compute_seconds = 0;
  int64_t leader_rank = 0;
  Json numerics = Json::object();
};

// Any other line: "begin", "timeout", "oom", "hang", "model_failed", ….
struct JournalEvent {
  std::string name{};
  std::string model{};  // Content hash, empty if the event concerns no model.
  std::string reason{};
  Json fields = Json::object();  // Further ones; must not contain "event", "v", "key", "model",
                                 // "reason" or "xxh3".
};

// What an item's result depends on. Two candidates with the same bytes share their items.
struct ItemIdentity {
  std::string model{};  // SHA-256 of the model's files, hex.
  std::string task{};   // Whatever tells the task from others: name, method, row length.
  std::vector<uint64_t> row_hashes{};  // In sample order.
  std::string numerics{};              // Canonical text of the numerics.
};

// SHA-256, in hex, of the canonical JSON text of `identity`.
[[nodiscard]] std::string item_key(const ItemIdentity& identity);

class JournalWriter {
 public:
  // Creates `folder`/<rank>-<start>.jsonl, start being the UTC time in microseconds; never an
  // existing file; the folder must be there: one that was deleted does not come back in part.
  // Throws SystemError(cannot_write), as do the appends.
  JournalWriter(const std::filesystem::path& folder, int64_t rank);

  // Before the work on a unit starts; not fsynced.
  void begin(const Json& unit);
  // fsynced when it returns. The only kind of line with a "key".
  void item(const JournalItem& item);
  // Anything else, fsynced.
  void event(const JournalEvent& event);

  [[nodiscard]] const std::filesystem::path& path() const { return file_.path(); }

 private:
  AppendFile file_;
};

struct JournalContent {
  std::map<std::string, JournalItem> items{};  // By key; the first one of a key stands.
  std::vector<JournalEvent>
      events{};  // All others in order of file and line ("begin": `unit` in fields).
  // The lines that were ignored, with file, line and cause: a torn last line, a wrong checksum, a
  // second item of one key with other values.
  std::vector<std::string> warnings{};
  std::map<std::string, std::string> places{};  // FILE:LINE of each item, by key.
  std::vector<std::string> damaged{};  // Of the warnings those about lines with a wrong checksum.
  // Of the warnings those about two items of one key with other values: both places are named.
  std::vector<std::string> conflicts{};

  // The events other than "begin" and "start" that name this model.
  [[nodiscard]] std::vector<JournalEvent> failures_of(const std::string& model) const;
};

// Adds the items and the conflicts of `more`; of equal keys the first one stands. A key with other
// values in both is a conflict. Events stay apart: their attempts are counted per run.
void add_items(JournalContent& content, const JournalContent& more);

// Every *.jsonl of `folder` in byte order of their names; none if it is absent. Throws
// SystemError(io) if it cannot be listed.
[[nodiscard]] std::vector<std::filesystem::path> journal_files(const std::filesystem::path& folder);

// Takes one line, without its end, as the readers below do; `place` is for messages.
void add_line(std::string_view line, const std::string& place, JournalContent& content);

// One journal. Throws as read_journals, SystemError(io) if it cannot be read.
[[nodiscard]] JournalContent read_journal(const std::filesystem::path& file);

// Reads every *.jsonl of `folder` in byte order of their names; an absent folder is an empty
// journal. Throws SystemError(bad_data) for a line of a later version or an intact line that lacks
// a field, naming file and line.
[[nodiscard]] JournalContent read_journals(const std::filesystem::path& folder);

}  // namespace verdict
