// Files that h5py writes, and ours in h5py's eyes.
#include <gmock/gmock.h>

#include "hdf5/scratch.h"
#include "verdict/hdf5/file.h"

namespace verdict {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ForeignFiles : public Scratch {};

TEST_F(ForeignFiles, StringsAndNumbersOfH5pyAreRead) {
  constexpr const char* kProgram = R"(
import h5py, numpy, sys
with h5py.File(sys.argv[1], "w") as f:
    f.attrs["variable"] = "ä"
    f.attrs["fixed"] = numpy.bytes_("abc")
    f.attrs["small"] = numpy.int8(-3)
    f.attrs["array_of_one"] = numpy.array([7], dtype=">i2")
    f["strings"] = ["x", "yy"]
    f["padded"] = numpy.array([b"a", b"bcd"])
    f["big"] = numpy.array([1, 2], dtype=">i4")
    f["enum"] = numpy.array([True])
)";
  const auto path = folder_ / "h5py.h5";
  ASSERT_EQ(run_python(folder_, kProgram, path), 0);
  const Hdf5Group root = Hdf5File::open(path).root();
  EXPECT_EQ(root.attribute<std::string>("variable"), "ä");
  EXPECT_EQ(root.attribute<std::string>("fixed"), "abc");
  EXPECT_EQ(root.attribute<int64_t>("small"), -3);
  EXPECT_EQ(root.attribute<int64_t>("array_of_one"), 7);
  EXPECT_THAT(root.dataset("strings").read<std::string>(), ElementsAre("x", "yy"));
  EXPECT_THAT(root.dataset("padded").read<std::string>(), ElementsAre("a", "bcd"));
  EXPECT_THAT(root.dataset("big").read<int64_t>(), ElementsAre(1, 2));
  EXPECT_EQ(root.dataset("big").type_name(), "big-endian int32");
  EXPECT_THAT(system_error_of([&] { (void)root.dataset("enum").read<int64_t>(); }).what(),
              HasSubstr("found something else"));
  EXPECT_THAT(root.names(), testing::UnorderedElementsAre("strings", "padded", "big", "enum"));
}

TEST_F(ForeignFiles, H5pySeesOurScalesTypesAndOrder) {
  constexpr const char* kProgram = R"(
import h5py, sys
with h5py.File(sys.argv[1], "r") as f:
    assert list(f) == ["model", "loss", "deep"], list(f)
    loss = f["loss"]
    assert loss.dims[0][0].asstr()[:].tolist() == ["a", "b"]
    assert loss.dtype.str == "<f8" and loss.compression == "gzip" and loss.shuffle and loss.fletcher32
    assert loss.attrs["units"] == "nat"
    assert loss[:].tolist() == [1.5, 2.5]
    assert isinstance(f["deep"], h5py.Group)
)";
  Hdf5File file = Hdf5File::create_in_memory("ours.h5");
  Hdf5Group root = file.root();
  Hdf5Dataset model = root.create_dataset<std::string>("model", {2}, {"a", "b"});
  model.make_scale("model");
  Hdf5Dataset loss = root.create_dataset<double>("loss", {2}, {1.5, 2.5},
                                                 {.chunk = {2}, .deflate = 4, .fletcher32 = true});
  loss.attach_scale(0, model);
  loss.set_attribute<std::string>("units", "nat");
  root.create_group("deep");
  write_atomically(folder_ / "ours.h5", file.bytes());
  EXPECT_EQ(run_python(folder_, kProgram, folder_ / "ours.h5"), 0);
}

TEST_F(ForeignFiles, AFlippedBitInAChunkFailsItsChecksum) {
  Hdf5File file = Hdf5File::create_in_memory("a.h5");
  file.root().create_dataset<uint32_t>("t", {4}, {0x11111111, 0x11111111, 0x11111111, 0x11111111},
                                       {.chunk = {4}, .fletcher32 = true});
  std::string bytes = file.bytes();
  const size_t at = bytes.find(std::string(16, '\x11'));
  ASSERT_NE(at, std::string::npos);
  bytes[at] = '\x12';
  write_atomically(folder_ / "a.h5", bytes);
  const Hdf5Dataset read = Hdf5File::open(folder_ / "a.h5").root().dataset("t");
  const SystemError e = system_error_of([&] { (void)read.read<uint32_t>(); });
  EXPECT_EQ(e.code(), ExitCode::bad_data);
  EXPECT_THAT(e.what(),
              HasSubstr("a.h5: /t: cannot read: data error detected by Fletcher32 checksum"));
}

}  // namespace
}  // namespace verdict
