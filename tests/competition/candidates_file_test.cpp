#include "verdict/competition/candidates_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "verdict/core/error.h"

namespace verdict {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kExample =
    R"({"block": 5433000, "block_hash": "0x5f", "hotkeys": {"12": "5F", "13": "5G"},
 "candidates": [
  {"uid": 13, "hotkey": "5G", "repo": "ns/late", "commit": "c0ffee", "competition": 4, "block": 5433000, "path": "/abs/late"},
  {"uid": 12, "hotkey": "5F", "repo": "ns/name", "commit": "abcdef", "secure_hash": "aGFzaA==", "competition": 4,
   "block": 5400000, "path": "models/ns--name"}]})";

CompetitionFile competitions() {
  CompetitionFile file;
  file.uids = 256;
  file.competitions = {{.id = 4, .name = "14B"}};
  return file;
}

CandidatesFile parsed(std::string_view text) {
  return parse_candidates(text, "/runs/k.json", competitions());
}

std::string refusal(const std::string& text) {
  try {
    (void)parsed(text);
  } catch (const SystemError& e) {
    EXPECT_EQ(e.code(), ExitCode::bad_data);
    return e.what();
  }
  return "accepted";
}

std::string refusal_with(const std::string& from, const std::string& to) {
  std::string text(kExample);
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return refusal(text.replace(at, from.size(), to));
}

TEST(CandidatesFile, TheExampleIsReadToTheLetterAndSortedByUid) {
  const CandidatesFile file = parsed(kExample);
  EXPECT_EQ(file.block, 5433000);
  EXPECT_EQ(file.block_hash, "0x5f");
  ASSERT_TRUE(file.hotkeys.has_value());
  EXPECT_EQ(file.hotkeys->at(13), "5G");
  EXPECT_EQ(file.text, kExample);
  ASSERT_EQ(file.candidates.size(), 2U);
  const Candidate& c = file.candidates[0];
  EXPECT_EQ(c.uid, 12);
  EXPECT_EQ(c.hotkey, "5F");
  EXPECT_EQ(c.repo, "ns/name");
  EXPECT_EQ(c.commit, "abcdef");
  EXPECT_EQ(c.secure_hash, "aGFzaA==");
  EXPECT_EQ(c.competition, 4);
  EXPECT_EQ(c.block, 5400000);
  EXPECT_EQ(c.path_as_written, "models/ns--name");
  EXPECT_EQ(c.path, "/runs/models/ns--name");
  EXPECT_EQ(file.candidates[1].uid, 13);
  EXPECT_EQ(file.candidates[1].path, "/abs/late");
  EXPECT_FALSE(file.candidates[1].secure_hash.has_value());
}

TEST(CandidatesFile, HotkeysAndSecureHashMayBeAbsentOrNoneAtAll) {
  EXPECT_EQ(refusal_with(R"("hotkeys": {"12": "5F", "13": "5G"},)", ""), "accepted");
  EXPECT_EQ(refusal_with(R"("aGFzaA==")", "null"), "accepted");
  EXPECT_FALSE(parsed(R"({"block": 1, "block_hash": "x", "candidates": []})").hotkeys.has_value());
}

TEST(CandidatesFile, EveryOtherKeyIsRequired) {
  EXPECT_EQ(refusal_with(R"("block": 5433000, "block_hash")", R"("block_hash")"),
            "/runs/k.json: block is missing");
  EXPECT_EQ(refusal_with(R"("block_hash": "0x5f", )", ""), "/runs/k.json: block_hash is missing");
  EXPECT_EQ(refusal(R"({"block": 1, "block_hash": "x"})"), "/runs/k.json: candidates is missing");
  for (const std::string entry :
       {R"("uid": 12, )", R"("hotkey": "5F", )", R"("repo": "ns/name", )",
        R"("commit": "abcdef", )", R"("secure_hash": "aGFzaA==", "competition": 4,)"}) {
    const std::string why = refusal_with(entry, "");
    EXPECT_THAT(why, StartsWith("/runs/k.json: candidates[1].")) << entry;
    EXPECT_THAT(why, HasSubstr("is missing")) << entry;
  }
  EXPECT_EQ(refusal_with(R"("block": 5400000, "path": "models/ns--name")", R"("path": "x")"),
            "/runs/k.json: candidates[1].block is missing");
  EXPECT_EQ(refusal_with(R"(, "path": "models/ns--name")", ""),
            "/runs/k.json: candidates[1].path is missing");
}

TEST(CandidatesFile, UnknownAndRepeatedKeysAreRefused) {
  EXPECT_EQ(refusal_with(R"("block_hash")", R"("netuid": 1, "block_hash")"),
            "/runs/k.json: netuid is not a known key");
  EXPECT_EQ(refusal_with(R"("uid": 12)", R"("uid": 12, "score": 1)"),
            "/runs/k.json: candidates[1].score is not a known key");
  EXPECT_EQ(refusal_with(R"("uid": 12)", R"("uid": 12, "uid": 14)"),
            "/runs/k.json: key 'uid' occurs twice");
  EXPECT_EQ(refusal_with(R"("12": "5F")", R"("12": "5F", "12": "5H")"),
            "/runs/k.json: key '12' occurs twice");
}

TEST(CandidatesFile, OneUidTwiceIsRefusedWithBothPlacesAndSoIsOneHotkeyOfTheMetagraph) {
  EXPECT_EQ(refusal_with(R"("uid": 12)", R"("uid": 13)"),
            "/runs/k.json: candidates[1].uid 13 is that of candidates[0] already");
  EXPECT_EQ(refusal_with(R"("12": "5F")", R"("12": "5G")"),
            "/runs/k.json: hotkeys.13 is the hotkey of uid 12 already");
}

TEST(CandidatesFile, ValuesOutsideTheirRulesAreRefused) {
  EXPECT_EQ(refusal_with(R"("uid": 12)", R"("uid": 256)"),
            "/runs/k.json: candidates[1].uid must be less than uids = 256 of the competitions "
            "file, found 256");
  EXPECT_EQ(refusal_with(R"("uid": 12)", R"("uid": -1)"),
            "/runs/k.json: candidates[1].uid must be a whole number from 0, found -1");
  EXPECT_EQ(refusal_with(R"("uid": 12)", R"("uid": 12.0)"),
            "/runs/k.json: candidates[1].uid must be a whole number from 0, found 12.0");
  EXPECT_EQ(
      refusal_with(R"("uid": 12)", R"("uid": 18446744073709551615)"),
      "/runs/k.json: candidates[1].uid must be a whole number from 0, found 18446744073709551615");
  EXPECT_EQ(
      refusal_with(R"("competition": 4,
)",
                   R"("competition": 5,
)"),
      "/runs/k.json: candidates[1].competition must be an id of the competitions file, found 5");
  EXPECT_EQ(refusal_with(R"("block": 5400000)", R"("block": 5433001)"),
            "/runs/k.json: candidates[1].block must not be after the file's block 5433000, found "
            "5433001");
  EXPECT_EQ(refusal_with(R"("repo": "ns/name")", R"("repo": null)"),
            "/runs/k.json: candidates[1].repo must be a text, found null");
  EXPECT_EQ(refusal_with(R"("hotkey": "5F")", R"("hotkey": "")"),
            "/runs/k.json: candidates[1].hotkey must not be empty");
  EXPECT_EQ(refusal_with(R"("models/ns--name")", R"("")"),
            "/runs/k.json: candidates[1].path must not be empty");
  EXPECT_EQ(refusal_with(R"("models/ns--name")", R"("a\u0000b")"),
            "/runs/k.json: candidates[1].path must not hold a NUL character");
  EXPECT_EQ(refusal_with(R"("0x5f")", R"("")"), "/runs/k.json: block_hash must not be empty");
}

TEST(CandidatesFile, HotkeysAreKeyedByUid) {
  EXPECT_EQ(refusal_with(R"("12": "5F")", R"("012": "5F")"),
            "/runs/k.json: hotkeys.012 is not a uid");
  EXPECT_EQ(refusal_with(R"("12": "5F")", R"("x": "5F")"), "/runs/k.json: hotkeys.x is not a uid");
  EXPECT_EQ(refusal_with(R"("12": "5F")", R"("-1": "5F")"),
            "/runs/k.json: hotkeys.-1 is not a uid");
  EXPECT_EQ(
      refusal_with(R"("12": "5F")", R"("256": "5F")"),
      "/runs/k.json: hotkeys.256 must be less than uids = 256 of the competitions file, found 256");
  EXPECT_EQ(refusal_with(R"("12": "5F")", R"("12": 5)"),
            "/runs/k.json: hotkeys.12 must be a text, found 5");
  EXPECT_EQ(refusal_with(R"({"12": "5F", "13": "5G"})", "[]"),
            "/runs/k.json: hotkeys must be an object from uid to hotkey");
}

TEST(CandidatesFile, OtherShapesAreRefused) {
  EXPECT_EQ(refusal("[]"), "/runs/k.json: must be an object, found a list");
  EXPECT_THAT(refusal("{"), StartsWith("/runs/k.json: not JSON at byte"));
  EXPECT_EQ(refusal(R"({"block": 1, "block_hash": "x", "candidates": {}})"),
            "/runs/k.json: candidates must be a list");
  EXPECT_EQ(refusal(R"({"block": 1, "block_hash": "x", "candidates": [1]})"),
            "/runs/k.json: candidates[0] must be an object");
}

TEST(CandidatesFile, WhatAStrangerWroteIsNotTheFilesFault) {
  EXPECT_EQ(refusal_with(R"("commit": "abcdef")", R"("commit": "not a commit")"), "accepted");
  EXPECT_EQ(refusal_with(R"("aGFzaA==")", R"("no hash")"), "accepted");
  EXPECT_EQ(refusal_with(R"("repo": "ns/name")", R"("repo": "")"), "accepted");
}

TEST(CandidatesFile, IsReadFromDiskWithItsBlock) {
  const std::string path = testing::TempDir() + "/candidates_file_test.json";
  std::ofstream(path) << kExample;
  EXPECT_EQ(read_candidates_block(path), 5433000);
  const CandidatesFile file = read_candidates(path, competitions());
  EXPECT_EQ(file.candidates[0].path, testing::TempDir() + "/models/ns--name");
  EXPECT_THROW((void)read_candidates(path + ".none", competitions()), SystemError);
}

}  // namespace
}  // namespace verdict
