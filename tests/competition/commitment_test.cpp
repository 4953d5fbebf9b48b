// Commitment strings as miners may write them: scoring.md A.6.3.
#include "verdict/competition/commitment.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "verdict/core/error.h"

namespace verdict {
namespace {

const std::string kHash = "k2oYXKqiZrucvpgengXLeM1zKwsygOuURBK7b4+PB68=";
const std::string kCommit(40, 'c');

// A byte changed, put in, taken out, doubled or cut off behind.
std::string mutated(std::string text, std::mt19937& random) {
  const std::string bytes = ":::/-+_09None \t\n\0\x7f\xff\xc3" + std::string(1, '\0');
  const size_t at = random() % text.size();
  const char byte = bytes[random() % bytes.size()];
  switch (random() % 5) {
    case 0:
      text[at] = byte;
      break;
    case 1:
      text.insert(at, 1 + random() % 3, byte);
      break;
    case 2:
      text.erase(at, 1 + random() % 3);
      break;
    case 3:
      text.insert(at, text.substr(at, 1 + random() % 60));
      break;
    default:
      text.resize(at + 1);
      break;
  }
  return text;
}

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t colon = text.find(':'); colon != std::string::npos; colon = text.find(':', begin)) {
    parts.push_back(text.substr(begin, colon - begin));
    begin = colon + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

// int() of Python, ASCII only: blanks around it, a sign, single '_' between digits.
std::optional<int64_t> number_in(std::string part) {
  static const std::regex form(R"([ \t\n\v\f\r]*[+-]?[0-9]+(_[0-9]+)*[ \t\n\v\f\r]*)");
  if (!std::regex_match(part, form)) return std::nullopt;
  std::erase(part, '_');
  try {
    return std::stoll(part);
  } catch (const std::out_of_range&) {
    return std::nullopt;
  }
}

// What A.6.3 makes of the text, in words: empty if it parses.
std::string rule_broken(const std::string& text) {
  if (text.size() > 128) return "a commitment has at most 128 bytes";
  const auto parts = parts_of(text);
  if (parts.size() < 4) return "a commitment has at least 4 parts";
  if (parts.size() > 4 && !number_in(parts[4]))
    return "the competition of a commitment must be a whole number";
  return "";
}

std::string or_none(const std::optional<std::string>& part) { return part.value_or("None"); }

void expect_parsed(const std::string& text) {
  const Commitment c = parse_commitment(text);
  const auto parts = parts_of(text);
  EXPECT_EQ(c.name_space, parts[0]);
  EXPECT_EQ(c.name, parts[1]);
  EXPECT_EQ(or_none(c.commit), parts[2]);
  EXPECT_EQ(or_none(c.secure_hash), parts[3]);
  EXPECT_NE(c.commit, "None");
  EXPECT_NE(c.secure_hash, "None");
  const bool older = parts.size() == 4;
  EXPECT_EQ(c.hash, older ? c.secure_hash : std::nullopt);
  EXPECT_EQ(c.competition, older ? 0 : number_in(parts[4]));
}

TEST(Commitments, AMutatedOneIsReadByTheRulesOrRefusedByTheRuleItBreaks) {
  const std::vector<std::string> whole{
      "ns:name:" + kCommit + ":" + kHash + ":4", "ns:name:" + kCommit + ":None:12",
      "a:b:" + kCommit + ":" + kHash, "org:model-1.5:" + kCommit + ":" + kHash + ":0:more"};
  std::mt19937 random(20240817);
  int parsed = 0;
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string text = mutated(whole[random() % whole.size()], random);
    for (auto more = random() % 3; more > 0; --more) text = mutated(text + ":", random);
    SCOPED_TRACE(text);
    const std::string rule = rule_broken(text);
    if (rule.empty()) {
      expect_parsed(text);
      ++parsed;
      continue;
    }
    try {
      static_cast<void>(parse_commitment(text));
      ADD_FAILURE() << "taken, but " << rule;
    } catch (const FormatError& e) {
      EXPECT_TRUE(std::string(e.what()).starts_with(rule)) << e.what();
    }
    ++refused;
  }
  EXPECT_GT(parsed, 300);
  EXPECT_GT(refused, 300);
}

TEST(Commitments, TheCompetitionIsWhatPythonsIntTakes) {
  const auto competition = [](const std::string& id) -> std::optional<int64_t> {
    try {
      return parse_commitment("ns:name:" + kCommit + ":None:" + id).competition;
    } catch (const FormatError&) {
      return std::nullopt;
    }
  };
  for (const std::string id : {"4", "+4", " 4", "4\n", "04", "\t 0_4 "})
    EXPECT_EQ(competition(id), 4);
  EXPECT_EQ(competition("-4"), -4);
  EXPECT_EQ(competition("1_0"), 10);
  for (const std::string id : {"", " ", "+", "+-4", "-+4", "- 4", "4_", "_4", "4__0", "4 4", "4.0",
                               "0x4", "four", "9223372036854775808"})
    EXPECT_EQ(competition(id), std::nullopt) << id;
}

}  // namespace
}  // namespace verdict
