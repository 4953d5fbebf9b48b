#include "verdict/checkpoint/checkpoint.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checkpoint/fixtures.h"

namespace verdict {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing_support::read_file;
using testing_support::refusal;
using testing_support::safetensors_file;
using testing_support::TemporaryFolder;
using testing_support::write_file;
using testing_support::write_llama;

const std::string kSingle = "model.safetensors";
const std::string kIndex = "model.safetensors.index.json";

std::string one_tensor(const std::string& name) {
  return safetensors_file("{\"" + name + R"(":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                          "data");
}

class CheckpointFolder : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(model_);
    write_file(model_ / "config.json", "{}");
  }
  std::string refusal_of_open() const {
    return refusal([&] { (void)Checkpoint::open(model_); });
  }
  // Two shards with one tensor each.
  void write_shards(const std::string& weight_map) const {
    write_file(model_ / "1.safetensors", one_tensor("a"));
    write_file(model_ / "2.safetensors", one_tensor("b"));
    write_file(model_ / kIndex, R"({"weight_map": {)" + weight_map + "}}");
  }
  TemporaryFolder folder_{};
  fs::path model_ = folder_.path() / "model";
};

TEST_F(CheckpointFolder, AShardedModelIsOneMapOfTensors) {
  write_shards(R"("a": "1.safetensors", "b": "2.safetensors")");
  const Checkpoint checkpoint = Checkpoint::open(model_);
  ASSERT_EQ(checkpoint.tensors().size(), 2U);
  EXPECT_EQ(checkpoint.files()[checkpoint.find("b")->file].name, "2.safetensors");
  EXPECT_EQ(checkpoint.find("c"), nullptr);
  std::string bytes(3, ' ');
  checkpoint.read(*checkpoint.find("b"), 1, std::as_writable_bytes(std::span(bytes)));
  EXPECT_EQ(bytes, "ata");
}

TEST_F(CheckpointFolder, AReadBeyondATensorIsABugOfOurs) {
  write_file(model_ / kSingle, one_tensor("a"));
  const Checkpoint checkpoint = Checkpoint::open(model_);
  std::vector<std::byte> bytes(4);
  EXPECT_THROW(checkpoint.read(*checkpoint.find("a"), 1, bytes), SystemError);
  EXPECT_THROW(checkpoint.read(*checkpoint.find("a"), ~uint64_t{0}, bytes), SystemError);
}

TEST_F(CheckpointFolder, AMissingFolderOrFileIsNamed) {
  EXPECT_EQ(refusal([&] { (void)Checkpoint::open(model_ / "none"); }),
            (model_ / "none").string() + ": is missing");
  EXPECT_THAT(refusal([&] { (void)Checkpoint::open(model_ / "config.json"); }),
              HasSubstr("is not a folder"));
  EXPECT_EQ(refusal_of_open(),
            "has neither model.safetensors nor model.safetensors.index.json (pickle files are "
            "never read)");
  fs::remove(model_ / "config.json");
  EXPECT_EQ(refusal_of_open(), "config.json: is missing");
}

TEST_F(CheckpointFolder, AMissingShardIsNamed) {
  write_shards(R"("a": "1.safetensors", "b": "3.safetensors")");
  EXPECT_EQ(refusal_of_open(), "3.safetensors: is missing");
}

TEST_F(CheckpointFolder, TheIndexAndTheHeadersMustAgree) {
  write_shards(R"("a": "2.safetensors", "b": "1.safetensors", "c": "1.safetensors")");
  EXPECT_EQ(
      refusal_of_open(),
      kIndex +
          ": 'b' is not in 1.safetensors; 'c' is not in 1.safetensors; 'a' is not in "
          "2.safetensors; "
          "'a' of 1.safetensors is not listed there; 'b' of 2.safetensors is not listed there");
}

TEST_F(CheckpointFolder, ATensorInTwoFilesIsRefused) {
  write_shards(R"("a": "1.safetensors", "b": "2.safetensors")");
  write_file(model_ / "2.safetensors", one_tensor("a"));
  EXPECT_EQ(refusal_of_open(), "'a' is in 1.safetensors and in 2.safetensors");
}

TEST_F(CheckpointFolder, TheNumberOfTensorsIsBoundedOverAllFiles) {
  std::string map;
  for (const std::string shard : {"1", "2"}) {
    std::string header = "{";
    for (size_t i = 0; i <= kMaxTensors / 2; ++i) {
      const std::string name = shard + "." + std::to_string(i);
      header.append(i == 0 ? "\"" : ",\"").append(name);
      header.append(R"(":{"dtype":"I8","shape":[0],"data_offsets":[0,0]})");
      map.append(map.empty() ? "\"" : ",\"").append(name);
      map.append("\":\"").append(shard).append(".safetensors\"");
    }
    write_file(model_ / (shard + ".safetensors"), safetensors_file(header + "}", ""));
  }
  write_file(model_ / kIndex, R"({"weight_map": {)" + map + "}}");
  EXPECT_EQ(refusal_of_open(), "the files up to 2.safetensors have more than 100000 tensors");
}

TEST_F(CheckpointFolder, ASingleFileBesideAnIndexThatDoesNotNameItIsRefused) {
  write_shards(R"("a": "1.safetensors", "b": "2.safetensors")");
  write_file(model_ / kSingle, one_tensor("a"));
  EXPECT_THAT(refusal_of_open(), HasSubstr("which of the two holds the weights is unclear"));
  write_file(model_ / kIndex, R"({"weight_map": {"a": "model.safetensors"}})");
  EXPECT_EQ(refusal_of_open(), "accepted");
}

TEST_F(CheckpointFolder, NoNameLeavesTheFolder) {
  write_file(folder_.path() / "out.safetensors", one_tensor("a"));
  write_shards(R"("a": "../out.safetensors")");
  EXPECT_THAT(refusal_of_open(), HasSubstr("'../out.safetensors' is not the plain name"));
  for (const std::string name : {"..", ".", "", "a/b", "/etc/passwd"}) {
    EXPECT_THAT(refusal([&] { (void)ModelFolder::open(model_).open_file(name); }),
                HasSubstr("is not the plain name of a file"));
  }
}

TEST_F(CheckpointFolder, ALinkMayPointInsideTheRootOnly) {
  fs::create_directory(folder_.path() / "blobs");
  write_file(folder_.path() / "blobs" / "x", one_tensor("a"));
  fs::create_symlink("../blobs/x", model_ / kSingle);
  EXPECT_EQ(refusal_of_open(), "model.safetensors: is a link that leaves the model's folder");
  EXPECT_EQ(refusal([&] { (void)Checkpoint::open(model_, folder_.path()); }), "accepted");
  fs::remove(model_ / kSingle);
  write_file(model_ / "inside", one_tensor("a"));
  fs::create_symlink("inside", model_ / kSingle);
  EXPECT_EQ(refusal_of_open(), "accepted");
}

TEST_F(CheckpointFolder, AWrongRootIsTheOperatorsFaultAndNotTheModels) {
  write_file(model_ / kSingle, one_tensor("a"));
  try {
    (void)Checkpoint::open(model_, folder_.path() / "none");
    FAIL() << "opened";
  } catch (const SystemError& e) {
    EXPECT_EQ(e.code(), ExitCode::usage);
    EXPECT_EQ(std::string(e.what()), "the root of the models " +
                                         (folder_.path() / "none").string() +
                                         ": No such file or directory");
  }
}

TEST_F(CheckpointFolder, AnErrorOfTheMachineNamesTheWholePath) {
  write_file(model_ / kSingle, one_tensor("a"));
  Checkpoint checkpoint = Checkpoint::open(model_);
  // A folder's descriptor in place of the file's: every read of it fails.
  const int folder = ::open(model_.c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_GE(::dup2(folder, checkpoint.files().back().fd.get()), 0);
  ::close(folder);
  const_cast<FileStamp&>(checkpoint.files().back().stamp) =
      stamp_of(checkpoint.files().back().fd.get());
  std::vector<std::byte> bytes(4);
  try {
    checkpoint.read(*checkpoint.find("a"), 0, bytes);
    FAIL() << "read";
  } catch (const SystemError& e) {
    EXPECT_EQ(e.code(), ExitCode::io);
    EXPECT_THAT(e.what(), HasSubstr("cannot read " + (model_ / kSingle).string() + " at byte"));
  }
}

TEST_F(CheckpointFolder, ASiblingWhoseNameBeginsLikeTheRootIsOutside) {
  fs::create_directory(folder_.path() / "model2");
  write_file(folder_.path() / "model2" / "x", one_tensor("a"));
  fs::create_symlink(folder_.path() / "model2" / "x", model_ / kSingle);
  EXPECT_THAT(refusal_of_open(), HasSubstr("leaves the model's folder"));
}

TEST_F(CheckpointFolder, OnlyRegularFilesAreRead) {
  ASSERT_EQ(::mkfifo((model_ / kSingle).c_str(), 0600), 0);
  EXPECT_EQ(refusal_of_open(), "model.safetensors: is not a regular file");
  fs::remove(model_ / kSingle);
  fs::create_directory(model_ / kSingle);
  EXPECT_EQ(refusal_of_open(), "model.safetensors: is not a regular file");
  fs::remove(model_ / kSingle);
  fs::create_symlink("nowhere", model_ / kSingle);
  EXPECT_THAT(refusal_of_open(), HasSubstr("is a link that leads nowhere"));
}

TEST_F(CheckpointFolder, AdaptersAreRefused) {
  write_file(model_ / kSingle, one_tensor("a"));
  write_file(model_ / "adapter_config.json", "{}");
  EXPECT_THAT(refusal_of_open(), HasSubstr("adapter_config.json: adapters are refused"));
}

TEST_F(CheckpointFolder, OversizedTextFilesAreRefusedUnread) {
  write_file(model_ / "config.json", std::string((1 << 20) + 1, ' '));
  EXPECT_EQ(refusal_of_open(), "config.json: is 1048577 bytes long, at most 1048576 are accepted");
}

TEST_F(CheckpointFolder, AChangedFileIsRefused) {
  write_file(model_ / kSingle, one_tensor("a"));
  const Checkpoint checkpoint = Checkpoint::open(model_);
  EXPECT_EQ(refusal([&] { checkpoint.verify_unchanged(); }), "accepted");
  fs::resize_file(model_ / kSingle, 10);
  EXPECT_EQ(refusal([&] { checkpoint.verify_unchanged(); }),
            "model.safetensors: has changed since it was opened");
  std::vector<std::byte> bytes(4);
  EXPECT_EQ(refusal([&] { checkpoint.read(*checkpoint.find("a"), 0, bytes); }),
            "model.safetensors: has changed while it was read");
  EXPECT_THAT(refusal([&] { (void)checkpoint.content_hash(); }), HasSubstr("has changed"));
}

TEST_F(CheckpointFolder, AllFilesCountForTheSize) {
  write_file(model_ / kSingle, one_tensor("a"));
  const uint64_t before = Checkpoint::open(model_).total_bytes();
  EXPECT_EQ(before, 2 + one_tensor("a").size());
  fs::create_directories(model_ / "deep" / "er");
  write_file(model_ / "deep" / "er" / "pytorch_model.bin", std::string(1000, 'x'));
  write_file(folder_.path() / "blob", std::string(50, 'x'));
  fs::create_symlink(folder_.path() / "blob", model_ / "link");
  EXPECT_EQ(Checkpoint::open(model_).total_bytes(), before + 1050);
}

TEST_F(CheckpointFolder, TheContentHashIsThatOfTheModelsFilesAndNothingElse) {
  write_shards(R"("a": "1.safetensors", "b": "2.safetensors")");
  const std::string hash = Checkpoint::open(model_).content_hash();
  EXPECT_EQ(hash.size(), 64U);
  write_file(model_ / "README.md", "other");
  EXPECT_EQ(Checkpoint::open(model_).content_hash(), hash);
  std::string shard = read_file(model_ / "2.safetensors");
  shard.back() = 'A';
  write_file(model_ / "2.safetensors", shard);
  const std::string changed = Checkpoint::open(model_).content_hash();
  EXPECT_NE(changed, hash);
  write_file(model_ / "config.json", "{ }");
  EXPECT_NE(Checkpoint::open(model_).content_hash(), changed);
}

TEST(ContentHash, TheOrderOfFilesDoesNotMatter) {
  const FileHash a{.name = "a", .size = 1, .sha256_hex = "00"};
  const FileHash b{.name = "b", .size = 2, .sha256_hex = "11"};
  EXPECT_EQ(content_hash_of({a, b}), content_hash_of({b, a}));
  // printf 'a 1 00\nb 2 11\n' | sha256sum
  EXPECT_EQ(content_hash_of({a, b}),
            "0111c93912089aa70441d400ff1767657e8fba790d6512b0ae9724c3b715c594");
}

}  // namespace
}  // namespace verdict
