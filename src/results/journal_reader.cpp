#include <algorithm>
#include <bit>
#include <optional>

#include "results/journal_format.h"
#include "verdict/core/hash.h"
#include "verdict/core/json_fields.h"
#include "verdict/results/journal.h"

namespace verdict {
namespace {

namespace fs = std::filesystem;

// Bit for bit, so that NaN equals itself.
bool same_values(const JournalItem& a, const JournalItem& b) {
  const auto bits = [](double x, double y) {
    return std::bit_cast<uint64_t>(x) == std::bit_cast<uint64_t>(y);
  };
  return a.tokens == b.tokens && a.generated == b.generated &&
         std::ranges::equal(a.nll_nat, b.nll_nat, bits);
}

// The text that was hashed, closed again; nothing if the checksum is not its own.
std::optional<std::string> intact(std::string_view line) {
  constexpr std::string_view kEnd = "\"}";
  constexpr size_t kDigits = 16;
  const size_t tail = kChecksumField.size() + kDigits + kEnd.size();
  if (line.size() < tail || !line.ends_with(kEnd)) return std::nullopt;
  const std::string_view text = line.substr(0, line.size() - tail);
  const std::string_view rest = line.substr(text.size());
  if (!rest.starts_with(kChecksumField)) return std::nullopt;
  if (rest.substr(kChecksumField.size(), kDigits) != xxh3_hex(text)) return std::nullopt;
  return std::string(text) + "}";
}

void take_losses(const Json& line, JournalItem& item) {
  item.task = text_field(line, "task");
  const std::vector<int64_t> samples = integers_field(line, "samples");
  if (samples.size() != 2) refuse_field("samples", "[begin, end]", &line["samples"]);
  item.samples = {samples[0], samples[1]};
  item.nll_nat = numbers_field(line, "nll_nat");
  item.tokens = integers_field(line, "tokens");
  const auto expected = static_cast<size_t>(std::max<int64_t>(0, item.samples.size()));
  if (item.nll_nat.size() != expected || item.tokens.size() != expected) {
    throw FormatError("item of " + std::to_string(expected) + " samples has " +
                      std::to_string(item.nll_nat.size()) + " losses and " +
                      std::to_string(item.tokens.size()) + " token counts");
  }
}

GeneratedTexts generated_from(const Json& line) {
  GeneratedTexts generated{.prompt_tokens = integer_field(line, "prompt_tokens")};
  for (const Json& text : array_field(line, "generated")) {
    if (!text.is_array()) refuse_field("generated", "lists of token ids", &text);
    std::vector<int64_t>& tokens = generated.tokens.emplace_back();
    for (const Json& id : text) tokens.push_back(integer_of(id, "generated"));
  }
  return generated;
}

JournalItem item_from(const Json& line) {
  JournalItem item;
  item.key = text_field(line, "key");
  item.model = text_field(line, "model");
  item.competition = text_field(line, "competition");
  if (line.contains("generated")) {
    item.generated = generated_from(line);
  } else {
    take_losses(line, item);
  }
  item.load_seconds = number_field(line, "load_seconds");
  item.compute_seconds = number_field(line, "compute_seconds");
  item.leader_rank = integer_field(line, "leader_rank");
  item.numerics = field(line, "numerics", "an object");
  return item;
}

JournalEvent event_from(const Json& line, const std::string& name) {
  JournalEvent event{.name = name};
  for (const auto& [key, value] : line.items()) {
    if (key == "event" || key == "v") continue;
    if (key == "model") {
      event.model = text_field(line, key);
    } else if (key == "reason") {
      event.reason = text_field(line, key);
    } else {
      event.fields[key] = value;
    }
  }
  return event;
}

void take_item(const JournalItem& item, const std::string& place, JournalContent& content) {
  const auto [first, is_new] = content.items.try_emplace(item.key, item);
  if (is_new) content.places.emplace(item.key, place);
  if (is_new || same_values(first->second, item)) return;
  content.conflicts.push_back(place + ": a second item of key " + item.key +
                              " has other values than " + content.places[item.key] +
                              "; the first one stands");
  content.warnings.push_back(content.conflicts.back());
}

// An intact line was written by this program: one that cannot be understood is of another version,
// or a bug.
void take_line(const std::string& text, const std::string& place, JournalContent& content) {
  try {
    const Json line = parse_json(text);
    const int64_t version = integer_field(line, "v");
    if (version > kJournalVersion) {
      throw FormatError("is of journal version " + std::to_string(version) +
                        ", this program reads up to " + std::to_string(kJournalVersion));
    }
    const std::string name = text_field(line, "event");
    if (name == "item") {
      take_item(item_from(line), place, content);
    } else {
      content.events.push_back(event_from(line, name));
    }
  } catch (const FormatError& e) {
    throw SystemError(ExitCode::bad_data, place + ": " + e.what());
  }
}

}  // namespace

void add_line(std::string_view line, const std::string& place, JournalContent& content) {
  if (const auto text = intact(line)) return take_line(*text, place, content);
  content.damaged.push_back(place + ": ignored, the line does not match its checksum");
  content.warnings.push_back(content.damaged.back());
}

namespace {

void take_file(const fs::path& path, JournalContent& content) {
  const std::string text = read_text(path);
  int64_t number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t newline = text.find('\n', begin);
    const size_t end = std::min(newline, text.size());
    const std::string place = path.string() + ":" + std::to_string(++number);
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    if (newline == std::string::npos && !intact(line)) {
      content.warnings.push_back(place + ": ignored, the line was not written to its end");
    } else {
      add_line(line, place, content);
    }
    begin = end + 1;
  }
}

}  // namespace

std::vector<JournalEvent> JournalContent::failures_of(const std::string& model) const {
  std::vector<JournalEvent> failures;
  for (const JournalEvent& event : events) {
    if (event.model == model && event.name != "begin" && event.name != "start")
      failures.push_back(event);
  }
  return failures;
}

void add_items(JournalContent& content, const JournalContent& more) {
  for (const auto& [key, item] : more.items) take_item(item, more.places.at(key), content);
  content.conflicts.insert(content.conflicts.end(), more.conflicts.begin(), more.conflicts.end());
}

std::vector<fs::path> journal_files(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  if (!fs::exists(folder, error)) return {};
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".jsonl") names.push_back(entry.path().string());
  }
  if (error)
    throw SystemError(ExitCode::io, "cannot list " + folder.string() + ": " + error.message());
  std::ranges::sort(names);
  return {names.begin(), names.end()};
}

JournalContent read_journal(const fs::path& file) {
  JournalContent content;
  take_file(file, content);
  return content;
}

JournalContent read_journals(const fs::path& folder) {
  JournalContent content;
  for (const fs::path& path : journal_files(folder)) take_file(path, content);
  return content;
}

}  // namespace verdict
