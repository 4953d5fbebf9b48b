#include "verdict/hdf5/file.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "hdf5/scratch.h"
#include "verdict/hdf5/library.h"

namespace verdict {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Hdf5Files : public Scratch {
 protected:
  // Writes what is in memory and opens it again.
  Hdf5File reopened(const Hdf5File& file) {
    write_atomically(folder_ / "a.h5", file.bytes());
    return Hdf5File::open(folder_ / "a.h5");
  }
};

TEST_F(Hdf5Files, EveryTypeReadsBackAsItWasWritten) {
  Hdf5File file = Hdf5File::create_in_memory("a.h5");
  Hdf5Group root = file.root();
  root.create_dataset<uint8_t>("u8", {2}, {0, 255});
  root.create_dataset<uint16_t>("u16", {1}, {65535});
  root.create_dataset<uint32_t>("u32", {2, 2}, {1, 2, 3, 4'000'000'000});
  root.create_dataset<uint64_t>("u64", {1}, {std::numeric_limits<uint64_t>::max()});
  root.create_dataset<int64_t>("i64", {}, {std::numeric_limits<int64_t>::min()});
  root.create_dataset<double>("f64", {3}, {0.1, -0.0, std::numeric_limits<double>::quiet_NaN()});
  root.create_dataset<std::string>("text", {3}, {"", "ä€😀", std::string(70'000, 'x')});

  const Hdf5Group read = reopened(file).root();
  EXPECT_THAT(read.names(), ElementsAre("u8", "u16", "u32", "u64", "i64", "f64", "text"));
  EXPECT_THAT(read.dataset("u8").read<uint8_t>(), ElementsAre(0, 255));
  EXPECT_THAT(read.dataset("u16").read<uint16_t>(), ElementsAre(65535));
  EXPECT_THAT(read.dataset("u32").read<uint32_t>(), ElementsAre(1, 2, 3, 4'000'000'000));
  EXPECT_THAT(read.dataset("u32").shape(), ElementsAre(2, 2));
  EXPECT_THAT(read.dataset("u64").read<uint64_t>(),
              ElementsAre(std::numeric_limits<uint64_t>::max()));
  EXPECT_THAT(read.dataset("i64").read<int64_t>(),
              ElementsAre(std::numeric_limits<int64_t>::min()));
  EXPECT_THAT(read.dataset("i64").shape(), ElementsAre());
  const auto doubles = read.dataset("f64").read<double>();
  EXPECT_EQ(doubles[0], 0.1);
  EXPECT_TRUE(std::signbit(doubles[1]));
  EXPECT_TRUE(std::isnan(doubles[2]));
  EXPECT_THAT(read.dataset("text").read<std::string>(),
              ElementsAre("", "ä€😀", std::string(70'000, 'x')));
  EXPECT_EQ(read.dataset("u32").type_name(), "uint32");
  EXPECT_EQ(read.dataset("f64").type_name(), "float64");
  EXPECT_EQ(read.dataset("text").type_name(), "string");
}

TEST_F(Hdf5Files, AttributesReadBackAndKeepTheirOrder) {
  Hdf5File file = Hdf5File::create_in_memory("a.h5");
  Hdf5Group root = file.root();
  root.set_attribute<std::string>("zulu", "ü");
  root.set_attribute<int64_t>("alpha", -5);
  root.set_attribute<double>("mike", 0.25);
  root.set_attributes<uint8_t>("flags", {0, 1, 2});
  root.set_attributes<std::string>("names", {"a", "b"});
  const Hdf5Group read = reopened(file).root();
  EXPECT_EQ(read.attribute<std::string>("zulu"), "ü");
  EXPECT_EQ(read.attribute<int64_t>("alpha"), -5);
  EXPECT_EQ(read.attribute<double>("mike"), 0.25);
  EXPECT_THAT(read.attributes<uint8_t>("flags"), ElementsAre(0, 1, 2));
  EXPECT_THAT(read.attributes<std::string>("names"), ElementsAre("a", "b"));
  EXPECT_FALSE(read.has_attribute("nothing"));
}

TEST_F(Hdf5Files, RowsAreReadWithoutTheirNeighbours) {
  Hdf5File file = Hdf5File::create_in_memory("a.h5");
  file.root().create_dataset<uint32_t>("t", {3, 2}, {1, 2, 3, 4, 5, 6},
                                       {.chunk = {2, 2}, .deflate = 1, .fletcher32 = true});
  const Hdf5Dataset read = reopened(file).root().dataset("t");
  EXPECT_THAT(read.chunk(), ElementsAre(2, 2));
  EXPECT_THAT(read.read_rows<uint32_t>({1, 3}), ElementsAre(3, 4, 5, 6));
  EXPECT_THAT(read.read_rows<uint32_t>({1, 1}), ElementsAre());
  EXPECT_THROW((void)read.read_rows<uint32_t>({2, 4}), SystemError);
}

TEST_F(Hdf5Files, EqualCallsGiveEqualBytes) {
  const auto build = [] {
    Hdf5File file = Hdf5File::create_in_memory("a.h5");
    Hdf5Group root = file.root();
    Hdf5Dataset scale = root.create_dataset<std::string>("model", {2}, {"a", "b"});
    scale.make_scale("model");
    for (const std::string name : {"one", "two", "three"}) {
      Hdf5Dataset data =
          root.create_dataset<double>(name, {2, 2}, {1, 2, 3, 4}, {.chunk = {1, 2}, .deflate = 4});
      data.attach_scale(0, scale);
      data.attach_scale(1, scale);
    }
    return file.bytes();
  };
  const std::string first = build();
  // Fills what the allocator hands out next, so that anything uninitialised in the file would show.
  std::vector<std::string> litter(1000, std::string(300, '\xAB'));
  litter.clear();
  EXPECT_TRUE(first == build());
}

TEST_F(Hdf5Files, AMissingFileIsTheSystemsError) {
  const SystemError e = system_error_of([&] { (void)Hdf5File::open(folder_ / "none.h5"); });
  EXPECT_EQ(e.code(), ExitCode::io);
  EXPECT_THAT(e.what(), HasSubstr("none.h5: No such file or directory"));
}

TEST_F(Hdf5Files, AFileOfAnotherKindIsBadData) {
  write_atomically(folder_ / "a.h5", "not at all");
  const SystemError e = system_error_of([&] { (void)Hdf5File::open(folder_ / "a.h5"); });
  EXPECT_EQ(e.code(), ExitCode::bad_data);
  EXPECT_THAT(e.what(), HasSubstr("a.h5: expected an HDF5 file"));
}

TEST_F(Hdf5Files, ATruncatedFileIsBadDataInTheLibrarysWords) {
  Hdf5File file = Hdf5File::create_in_memory("a.h5");
  file.root().create_dataset<double>("x", {1000}, std::vector<double>(1000, 1.0));
  const std::string bytes = file.bytes();
  write_atomically(folder_ / "a.h5", std::string_view(bytes).substr(0, bytes.size() - 100));
  const SystemError e = system_error_of([&] { (void)Hdf5File::open(folder_ / "a.h5"); });
  EXPECT_EQ(e.code(), ExitCode::bad_data);
  EXPECT_THAT(e.what(), HasSubstr("a.h5: cannot open it: truncated file"));
}

TEST_F(Hdf5Files, AMissingOrMistypedObjectIsNamed) {
  Hdf5File file = Hdf5File::create_in_memory("a.h5");
  Hdf5Group root = file.root();
  root.create_dataset<double>("x", {1}, {1.0});
  root.set_attribute<std::string>("s", "text");
  root.set_attributes<int64_t>("two", {1, 2});
  const auto text = [](const auto& action) { return std::string(system_error_of(action).what()); };
  EXPECT_EQ(text([&] { (void)root.dataset("y"); }), "a.h5: /y is missing, expected a dataset");
  EXPECT_EQ(text([&] { (void)root.group("g"); }), "a.h5: /g is missing, expected a group");
  EXPECT_THAT(text([&] { (void)root.group("x"); }),
              HasSubstr("a.h5: /x: cannot open it as a group"));
  EXPECT_EQ(text([&] { (void)root.dataset("x").read<int64_t>(); }),
            "a.h5: /x: expected int64, found float64");
  EXPECT_EQ(text([&] { (void)root.attribute<int64_t>("s"); }),
            "a.h5: /: attribute 's': expected int64, found string");
  EXPECT_EQ(text([&] { (void)root.attribute<int64_t>("two"); }),
            "a.h5: /: attribute 'two' has 2 values, expected one");
  EXPECT_EQ(text([&] { (void)root.attribute<int64_t>("none"); }),
            "a.h5: /: attribute 'none' is missing");
}

TEST_F(Hdf5Files, AWrongNumberOfValuesIsOurOwnMistake) {
  Hdf5File file = Hdf5File::create_in_memory("a.h5");
  const SystemError e = system_error_of([&] {
    file.root().create_dataset<double>("x", {2, 2}, {1.0});
  });
  EXPECT_EQ(e.code(), ExitCode::internal);
  EXPECT_STREQ(e.what(), "a.h5: /x: its shape holds 4 values, 1 were given");
}

TEST(Hdf5Library, LocksAreOffAfterPreparation) {
  ::setenv("HDF5_USE_FILE_LOCKING", "TRUE", 1);
  prepare_hdf5();
  EXPECT_STREQ(std::getenv("HDF5_USE_FILE_LOCKING"), "FALSE");
  EXPECT_THAT(hdf5_version(), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

}  // namespace
}  // namespace verdict
