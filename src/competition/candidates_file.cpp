#include "verdict/competition/candidates_file.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/json.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

// An object of the file and where it stands: "candidates[3]", empty for the whole.
struct Place {
  const Json& value;
  const std::filesystem::path& file;
  std::string where{};

  [[nodiscard]] std::string name_of(const std::string& key) const {
    return where.empty() ? key : where + "." + key;
  }

  [[noreturn]] void fail(const std::string& key, const std::string& rule) const {
    throw SystemError(ExitCode::bad_data,
                      file.string() + ": " + printable(name_of(key)) + " " + rule);
  }
  [[nodiscard]] const Json& at(const std::string& key) const {
    const auto found = value.find(key);
    if (found == value.end()) fail(key, "is missing");
    return *found;
  }
  [[nodiscard]] int64_t integer(const std::string& key) const {
    const Json& number = at(key);
    const bool fits =
        number.is_number_integer() &&
        (!number.is_number_unsigned() || number.get<uint64_t>() <= uint64_t{INT64_MAX}) &&
        number.get<int64_t>() >= 0;
    if (!fits) fail(key, "must be a whole number from 0, found " + shown(number));
    return number.get<int64_t>();
  }
  [[nodiscard]] std::string text(const std::string& key) const {
    const Json& text = at(key);
    if (!text.is_string()) fail(key, "must be a text, found " + shown(text));
    return text.get<std::string>();
  }
  [[nodiscard]] std::string filled_text(const std::string& key) const {
    std::string found = text(key);
    if (found.empty()) fail(key, "must not be empty");
    return found;
  }
  void refuse_others(const std::set<std::string>& known) const {
    for (const auto& [key, ignored] : value.items()) {
      if (!known.contains(key)) fail(key, "is not a known key");
    }
  }
  // A value for a message: not the megabytes that a file may hold.
  static std::string shown(const Json& value) {
    if (value.is_structured()) return value.is_array() ? "a list" : "an object";
    const std::string text = value.dump();
    return printable(text.size() > 60 ? text.substr(0, 57) + "…" : text);
  }
};

int64_t uid_in_range(const Place& at, const std::string& key, int64_t uid, int64_t uids) {
  if (uid >= uids) {
    at.fail(key, "must be less than uids = " + std::to_string(uids) +
                     " of the competitions file, found " + std::to_string(uid));
  }
  return uid;
}

std::map<int64_t, std::string> read_hotkeys(const Place& hotkeys, int64_t uids) {
  std::map<int64_t, std::string> all;
  std::map<std::string, int64_t> uid_of;
  for (const auto& [key, ignored] : hotkeys.value.items()) {
    int64_t uid = -1;
    const auto end = std::from_chars(key.data(), key.data() + key.size(), uid);
    // The comparison refuses what is not the one way to write a number, such as "012".
    if (end.ec != std::errc() || uid < 0 || std::to_string(uid) != key)
      hotkeys.fail(key, "is not a uid");
    uid_in_range(hotkeys, key, uid, uids);
    const auto hotkey = uid_of.emplace(hotkeys.filled_text(key), uid);
    if (!hotkey.second)
      hotkeys.fail(key,
                   "is the hotkey of uid " + std::to_string(hotkey.first->second) + " already");
    all.emplace(uid, hotkey.first->first);
  }
  return all;
}

Candidate read_candidate(const Place& at, const CandidatesFile& file,
                         const CompetitionFile& competitions) {
  at.refuse_others({"uid", "hotkey", "repo", "commit", "secure_hash", "commitment", "competition",
                    "block", "path"});
  Candidate c;
  c.uid = uid_in_range(at, "uid", at.integer("uid"), competitions.uids);
  c.hotkey = at.filled_text("hotkey");
  c.repo = at.text("repo");
  c.commit = at.text("commit");
  if (at.value.contains("secure_hash") && !at.value["secure_hash"].is_null())
    c.secure_hash = at.text("secure_hash");
  if (at.value.contains("commitment") && !at.value["commitment"].is_null())
    c.commitment = at.text("commitment");
  c.competition = at.integer("competition");
  const bool known =
      std::any_of(competitions.competitions.begin(), competitions.competitions.end(),
                  [&](const Competition& known_one) { return known_one.id == c.competition; });
  if (!known)
    at.fail("competition",
            "must be an id of the competitions file, found " + std::to_string(c.competition));
  c.block = at.integer("block");
  if (c.block > file.block) {
    at.fail("block", "must not be after the file's block " + std::to_string(file.block) +
                         ", found " + std::to_string(c.block));
  }
  c.path_as_written = at.filled_text("path");
  if (c.path_as_written.find('\0') != std::string::npos)
    at.fail("path", "must not hold a NUL character");
  c.path = resolve_beside(file.path, c.path_as_written);
  return c;
}

// One uid has one commitment.
class Places {
 public:
  void add(const Place& at, const Candidate& c) {
    const auto uid = by_uid_.emplace(c.uid, at.where);
    if (!uid.second)
      at.fail("uid", std::to_string(c.uid) + " is that of " + uid.first->second + " already");
  }

 private:
  std::map<int64_t, std::string> by_uid_{};
};

Json parse_object(std::string_view text, const std::filesystem::path& path) {
  try {
    Json root = parse_json(text);
    if (!root.is_object()) throw FormatError("must be an object, found " + Place::shown(root));
    return root;
  } catch (const FormatError& e) {
    throw SystemError(ExitCode::bad_data, path.string() + ": " + e.what());
  }
}

}  // namespace

CandidatesFile parse_candidates(std::string_view text, const std::filesystem::path& path,
                                const CompetitionFile& competitions) {
  const Json root = parse_object(text, path);
  const Place top{.value = root, .file = path};
  top.refuse_others({"block", "block_hash", "hotkeys", "candidates"});
  CandidatesFile file;
  file.text = text;
  file.path = path;
  file.block = top.integer("block");
  file.block_hash = top.filled_text("block_hash");
  if (root.contains("hotkeys")) {
    if (!root["hotkeys"].is_object()) top.fail("hotkeys", "must be an object from uid to hotkey");
    file.hotkeys = read_hotkeys({.value = root["hotkeys"], .file = path, .where = "hotkeys"},
                                competitions.uids);
  }
  const Json& candidates = top.at("candidates");
  if (!candidates.is_array()) top.fail("candidates", "must be a list");
  Places places;
  for (size_t i = 0; i < candidates.size(); ++i) {
    const std::string where = "candidates[" + std::to_string(i) + "]";
    if (!candidates[i].is_object()) top.fail(where, "must be an object");
    const Place at{.value = candidates[i], .file = path, .where = where};
    file.candidates.push_back(read_candidate(at, file, competitions));
    places.add(at, file.candidates.back());
  }
  std::sort(file.candidates.begin(), file.candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.uid < b.uid; });
  return file;
}

CandidatesFile read_candidates(const std::filesystem::path& path,
                               const CompetitionFile& competitions) {
  return parse_candidates(read_text(path), path, competitions);
}

int64_t read_candidates_block(const std::filesystem::path& path) {
  const Json root = parse_object(read_text(path), path);
  return Place{.value = root, .file = path}.integer("block");
}

}  // namespace verdict
