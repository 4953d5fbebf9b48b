#include "verdict/competition/commitment.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "verdict/core/error.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

constexpr std::string_view kAbsent = "None";
constexpr size_t kShortestRepo = 4;
constexpr size_t kLongestRepo = 38;

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ':') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::optional<std::string> present(const std::string& part) {
  return part == kAbsent ? std::nullopt : std::optional(part);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What Python's int() takes, as the reference does, of ASCII: blanks around, a sign, and single '_'
// between digits. Nothing if it is no number, or beyond 64 bits.
std::optional<int64_t> python_int(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n\v\f\r";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return std::nullopt;
  text = text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool between =
        i > 0 && i + 1 < text.size() && is_digit(text[i - 1]) && is_digit(text[i + 1]);
    if (text[i] != '_' || !between) digits += text[i];
  }
  int64_t number = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (end.ec != std::errc() || end.ptr != digits.data() + digits.size()) return std::nullopt;
  return number;
}

int64_t competition_of(const std::string& part) {
  const std::optional<int64_t> id = python_int(part);
  if (!id) {
    throw FormatError("the competition of a commitment must be a whole number, found '" +
                      printable(part) + "'");
  }
  return *id;
}

void require_length(std::string_view text) {
  if (text.size() <= kLongestCommitment) return;
  throw FormatError("a commitment has at most " + std::to_string(kLongestCommitment) +
                    " bytes, this one has " + std::to_string(text.size()));
}

}  // namespace

std::string commitment_text(const Commitment& c) {
  const auto or_none = [](const std::optional<std::string>& part) {
    return part.value_or(std::string(kAbsent));
  };
  std::string text = c.name_space + ":" + c.name + ":" + or_none(c.commit) + ":" +
                     or_none(c.secure_hash) + ":" + std::to_string(c.competition);
  require_length(text);
  return text;
}

Commitment parse_commitment(std::string_view text) {
  require_length(text);
  const std::vector<std::string> parts = split(text);
  if (parts.size() < 4) {
    throw FormatError("a commitment has at least 4 parts between ':', found " +
                      std::to_string(parts.size()));
  }
  Commitment c{.name_space = parts[0],
               .name = parts[1],
               .commit = present(parts[2]),
               .secure_hash = present(parts[3])};
  if (parts.size() == 4) {
    c.hash = c.secure_hash;
  } else {
    c.competition = competition_of(parts[4]);
  }
  return c;
}

std::pair<std::string, std::string> parse_repo_id(std::string_view repo) {
  if (repo.size() < kShortestRepo || repo.size() > kLongestRepo) {
    throw FormatError("a repository's name has 4 to 38 characters, '" +
                      printable(std::string(repo)) + "' has " + std::to_string(repo.size()));
  }
  const size_t slash = repo.find('/');
  if (std::count(repo.begin(), repo.end(), '/') != 1) {
    throw FormatError("a repository is namespace/name with one '/', found '" +
                      printable(std::string(repo)) + "'");
  }
  return {std::string(repo.substr(0, slash)), std::string(repo.substr(slash + 1))};
}

}  // namespace verdict
