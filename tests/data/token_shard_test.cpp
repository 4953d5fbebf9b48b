#include "verdict/data/token_shard.h"

#include <gmock/gmock.h>

#include "data/shard_writer.h"
#include "hdf5/scratch.h"

namespace verdict {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TokenShards : public Scratch {
 protected:
  TokenShard opened(const ShardToWrite& shard) {
    write_shard(folder_ / "a.h5", shard);
    return TokenShard::open(folder_ / "a.h5");
  }
  // The text of the refusal, which must be bad data in a.h5.
  std::string refusal(const ShardToWrite& shard) {
    const SystemError e = system_error_of([&] { verify_shard_content(opened(shard)); });
    EXPECT_EQ(e.code(), ExitCode::bad_data) << e.what();
    EXPECT_THAT(e.what(), HasSubstr("a.h5: /"));
    return e.what();
  }
};

TEST_F(TokenShards, TheHeaderAndTheRowsAreRead) {
  const TokenShard shard = opened({});
  EXPECT_EQ(shard.header().rows, 5);
  EXPECT_EQ(shard.header().length, 4);
  EXPECT_EQ(shard.header().tokenizer, "gpt-4");
  EXPECT_EQ(shard.header().vocab_size, 100);
  EXPECT_EQ(shard.header().eos_id, 99);
  EXPECT_EQ(shard.header().source, "a test");
  EXPECT_EQ(shard.rows_per_chunk(), 2);
  EXPECT_THAT(shard.read_row(4), ElementsAre(16, 17, 18, 19));
  EXPECT_THAT(shard.n_bytes(), ElementsAre(1000, 1001, 1002, 1003, 1004));
  EXPECT_EQ(shard.n_bytes_of_row(3), 1003);
  EXPECT_NO_THROW(check_shard(shard.header(), rules_of_the_tests()));
  EXPECT_NO_THROW(verify_shard_content(shard));
}

TEST_F(TokenShards, AShardOfH5pyIsRead) {
  constexpr const char* kProgram = R"(
import h5py, hashlib, numpy, sys
tokens = numpy.arange(12, dtype="<u4").reshape(3, 4)
with h5py.File(sys.argv[1], "w") as f:
    f.create_dataset("tokens", data=tokens, chunks=(2, 4), shuffle=True, compression=1, fletcher32=True)
    f["n_bytes"] = numpy.array([7, 8, 9], dtype="u4")
    f.attrs.update(format="verdict-tokens", format_version=1, tokenizer="gpt-4", vocab_size=100, eos_id=99,
                   packed=1, source="h5py", sha256=hashlib.sha256(tokens.tobytes()).hexdigest())
)";
  ASSERT_EQ(run_python(folder_, kProgram, folder_ / "h5py.h5"), 0);
  const TokenShard shard = TokenShard::open(folder_ / "h5py.h5");
  EXPECT_NO_THROW(check_shard(shard.header(), rules_of_the_tests()));
  EXPECT_NO_THROW(verify_shard_content(shard));
  EXPECT_THAT(shard.read_row(2), ElementsAre(8, 9, 10, 11));
  EXPECT_EQ(shard.n_bytes_of_row(2), 9);
  EXPECT_EQ(shard.header().source, "h5py");
}

TEST_F(TokenShards, OptionalTablesOfDocumentsDomainsAndSourcesAreNoHindrance) {
  const TokenShard shard = opened({.optional_tables = true});
  EXPECT_THAT(shard.read_row(4), ElementsAre(16, 17, 18, 19));
  EXPECT_NO_THROW(verify_shard_content(shard));
}

TEST_F(TokenShards, AWrongFormatVersionOrPackingIsRefused) {
  EXPECT_THAT(refusal({.format = "tokens"}),
              HasSubstr("'format': expected 'verdict-tokens', found 'tokens'"));
  EXPECT_THAT(refusal({.format_version = 2}), HasSubstr("'format_version': expected 1, found 2"));
  EXPECT_THAT(refusal({.packed = 0}), HasSubstr("'packed': expected 1, found 0"));
}

TEST_F(TokenShards, SizesThatCannotBeAreRefused) {
  EXPECT_THAT(refusal({.rows = 2, .length = 1, .tokens = {1, 2}}),
              HasSubstr("/tokens: expected rows of at least 2 tokens, found 1"));
  EXPECT_THAT(refusal({.n_bytes_entries = 4}),
              HasSubstr("/n_bytes: expected 5 entries, one for each row of tokens, found 4"));
  EXPECT_THAT(refusal({.eos_id = 100}),
              HasSubstr("'eos_id': expected an id below vocab_size 100, found 100"));
  EXPECT_THAT(refusal({.sha256 = "abc"}),
              HasSubstr("'sha256': expected 64 lower-case hex digits, found 'abc'"));
}

TEST_F(TokenShards, AnIdOutsideTheVocabularyIsNamedByRowAndPosition) {
  EXPECT_THAT(
      refusal({.rows = 3, .length = 2, .tokens = {1, 2, 3, 4, 5, 100}}),
      HasSubstr("/tokens: row 2, position 1: expected an id below vocab_size 100, found 100"));
}

TEST_F(TokenShards, ARowThatIsUsedIsCheckedEvenIfTheShardWasNot) {
  const TokenShard shard = opened({.rows = 2, .length = 2, .tokens = {1, 2, 3, 100}});
  EXPECT_NO_THROW((void)shard.read_row(0));
  EXPECT_THROW((void)shard.read_row(1), SystemError);
}

TEST_F(TokenShards, AnotherTokenStreamThanTheChecksumsIsRefused) {
  EXPECT_THAT(refusal({.sha256 = std::string(64, '0')}),
              HasSubstr("/tokens: the SHA-256 of the token stream is "));
}

TEST_F(TokenShards, EveryRuleOfTheCompetitionThatIsBrokenIsNamed) {
  const ShardHeader header = opened({.tokenizer = "gpt-2\n"}).header();
  const ShardRules rules{
      .tokenizer = "gpt-4", .vocab_size = 200, .eos_id = 98, .sequence_length = 8};
  const SystemError e = system_error_of([&] { check_shard(header, rules); });
  EXPECT_EQ(e.code(), ExitCode::bad_data);
  EXPECT_THAT(e.what(),
              HasSubstr("tokenizer: the competition says 'gpt-4', the shard has 'gpt-2\\x0A'"));
  EXPECT_THAT(e.what(), HasSubstr("vocab_size: the competition says 200, the shard has 100"));
  EXPECT_THAT(e.what(), HasSubstr("eos_id: the competition says 98, the shard has 99"));
  EXPECT_THAT(e.what(), HasSubstr("tokens per row: the competition says 8, the shard has 4"));
}

TEST_F(TokenShards, AMissingTableOrAnotherTypeIsRefused) {
  const auto with = [&](const auto& add) {
    Hdf5File file = Hdf5File::create_in_memory("a.h5");
    Hdf5Group root = file.root();
    root.set_attribute<std::string>("format", "verdict-tokens");
    root.set_attribute<int64_t>("format_version", 1);
    root.set_attribute<int64_t>("packed", 1);
    add(root);
    write_atomically(folder_ / "a.h5", file.bytes());
    return std::string(system_error_of([&] { (void)TokenShard::open(folder_ / "a.h5"); }).what());
  };
  EXPECT_THAT(with([](Hdf5Group&) {}), HasSubstr("/tokens is missing"));
  EXPECT_THAT(with([](Hdf5Group& root) {
                root.create_dataset<uint32_t>("tokens", {1, 2}, {1, 2});
              }),
              HasSubstr("/n_bytes is missing"));
  EXPECT_THAT(with([](Hdf5Group& root) {
                root.create_dataset<int64_t>("tokens", {1, 2}, {1, 2});
                root.create_dataset<uint32_t>("n_bytes", {1}, {1});
              }),
              HasSubstr("/tokens: expected 2 axes of uint32, found 2 axes of int64"));
  EXPECT_THAT(with([](Hdf5Group& root) {
                root.create_dataset<uint32_t>("tokens", {1, 2}, {1, 2});
                root.create_dataset<uint32_t>("n_bytes", {1, 1}, {1});
              }),
              HasSubstr("/n_bytes: expected 1 axis of uint32, found 2 axes of uint32"));
  EXPECT_THAT(with([](Hdf5Group& root) {
                root.create_dataset<uint32_t>("tokens", {1, 2}, {1, 2});
                root.create_dataset<uint32_t>("n_bytes", {1}, {1});
              }),
              HasSubstr("attribute 'tokenizer' is missing"));
}

}  // namespace
}  // namespace verdict
