#include "verdict/checkpoint/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint/fixtures.h"

namespace verdict {
namespace {

using testing::HasSubstr;
using testing_support::refusal;
using testing_support::safetensors_file;

TensorMap parse(const std::string& file) {
  return parse_safetensors_header(std::as_bytes(std::span(file)), file.size(), "f.safetensors");
}

std::string refusal_of(const std::string& file) {
  return refusal([&] { (void)parse(file); });
}

// The header of one tensor "a" of four bytes, with one field replaced.
std::string one(const std::string& fields) { return R"({"a":{)" + fields + "}}"; }

std::string refusal_of_one(const std::string& fields, size_t data_bytes = 4) {
  return refusal_of(safetensors_file(one(fields), std::string(data_bytes, 'x')));
}

TEST(Safetensors, TensorsAreFoundWithAbsoluteOffsets) {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[2,1],"data_offsets":[4,8]},)"
      R"("a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"empty":{"dtype":"I8","shape":[0,3],"data_offsets":[8,8]}}  )";
  const TensorMap tensors = parse(safetensors_file(header, "01234567"));
  ASSERT_EQ(tensors.size(), 3U);
  const TensorInfo& b = tensors.at("b");
  EXPECT_EQ(b.dtype, DType::bf16);
  EXPECT_EQ(b.shape, (std::vector<int64_t>{2, 1}));
  EXPECT_EQ(b.begin, 8 + header.size() + 4);
  EXPECT_EQ(b.end, 8 + header.size() + 8);
  EXPECT_TRUE(tensors.at("a").shape.empty());
  EXPECT_EQ(tensors.at("empty").bytes(), 0U);
}

TEST(Safetensors, AFileShorterThanItsLengthFieldIsRefused) {
  EXPECT_EQ(refusal_of("1234567"),
            "f.safetensors: is 7 bytes long, a safetensors file has 8 or more");
  EXPECT_EQ(refusal_of(""), "f.safetensors: is 0 bytes long, a safetensors file has 8 or more");
}

TEST(Safetensors, AHeaderBeyondTheFileOrTheLimitIsRefusedWithoutOverflow) {
  EXPECT_THAT(refusal_of(std::string(8, '\xff')),
              HasSubstr("18446744073709551615, at most 104857600"));
  std::string file = safetensors_file("{}", "");
  file[0] = 3;
  EXPECT_EQ(refusal_of(file),
            "f.safetensors: the header's length is 3, the file ends 2 bytes after it");
}

TEST(Safetensors, AHeaderThatWasNotReadWholeIsRefused) {
  const std::string file = safetensors_file("{}", "");
  EXPECT_THAT(refusal([&] {
                (void)parse_safetensors_header(std::as_bytes(std::span(file).first(9)), file.size(),
                                               "f");
              }),
              HasSubstr("only 1 bytes of it could be read"));
}

TEST(Safetensors, TheHeaderBeginsWithABraceAndEndsWithSpacesOnly) {
  EXPECT_THAT(refusal_of(safetensors_file("", "")), HasSubstr("does not begin with '{'"));
  EXPECT_THAT(refusal_of(safetensors_file(" {}", "")), HasSubstr("does not begin with '{'"));
  EXPECT_THAT(refusal_of(safetensors_file("\xEF\xBB\xBF{}", "")),
              HasSubstr("does not begin with '{'"));
  EXPECT_THAT(refusal_of(safetensors_file("{}\n", "")), HasSubstr("other than spaces"));
  EXPECT_THAT(refusal_of(safetensors_file("{}x", "")), HasSubstr("other than spaces"));
  EXPECT_THAT(refusal_of(safetensors_file("{}{}", "")), HasSubstr("not JSON at byte"));
  EXPECT_EQ(refusal_of(safetensors_file("{}   ", "")), "accepted");
}

TEST(Safetensors, ANulByteDoesNotHideTheRestOfTheHeader) {
  EXPECT_THAT(refusal_of(safetensors_file(std::string("{}\0{}", 5), "")),
              HasSubstr("a NUL byte at byte 2"));
}

TEST(Safetensors, InvalidUtf8IsRefused) {
  EXPECT_THAT(refusal_of(safetensors_file("{\"\xff\":{}}", "")), HasSubstr("UTF-8"));
}

TEST(Safetensors, AKeyThatOccursTwiceIsRefusedEverywhere) {
  const std::string a = R"("a":{"dtype":"I8","shape":[0],"data_offsets":[0,0]})";
  EXPECT_THAT(refusal_of(safetensors_file("{" + a + "," + a + "}", "")),
              HasSubstr("key 'a' occurs twice"));
  EXPECT_THAT(refusal_of_one(R"("dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4])"),
              HasSubstr("'a': key 'dtype' occurs twice"));
  EXPECT_THAT(refusal_of(safetensors_file(R"({"__metadata__":{"k":"1","k":"2"}})", "")),
              HasSubstr("'__metadata__': key 'k' occurs twice"));
  EXPECT_THAT(refusal_of(safetensors_file(R"({"__metadata__":{},"__metadata__":{}})", "")),
              HasSubstr("key '__metadata__' occurs twice"));
}

TEST(Safetensors, MetadataHoldsStringsOnly) {
  EXPECT_THAT(refusal_of(safetensors_file(R"({"__metadata__":{"k":1}})", "")),
              HasSubstr("'k' must be a string, found number 1"));
  EXPECT_THAT(refusal_of(safetensors_file(R"({"__metadata__":{"k":{"deep":"1"}}})", "")),
              HasSubstr("'k' must be a string, found an object"));
  EXPECT_THAT(refusal_of(safetensors_file(R"({"__metadata__":[]})", "")),
              HasSubstr("found a list"));
}

TEST(Safetensors, ATensorHasExactlyItsThreeFields) {
  EXPECT_THAT(refusal_of_one(R"("dtype":"F32","shape":[1])"),
              HasSubstr("'a': 'data_offsets' is missing"));
  EXPECT_THAT(refusal_of_one(R"("dtype":"F32","data_offsets":[0,4])"),
              HasSubstr("'shape' is missing"));
  EXPECT_THAT(refusal_of_one(R"("shape":[1],"data_offsets":[0,4])"),
              HasSubstr("'dtype' is missing"));
  EXPECT_THAT(refusal_of_one(R"("dtype":"F32","shape":[1],"data_offsets":[0,4],"more":"x")"),
              HasSubstr("unknown key 'more'"));
  EXPECT_THAT(refusal_of(safetensors_file(R"({"a":7})", "")),
              HasSubstr("must be an object, found number 7"));
}

TEST(Safetensors, NumbersAreNonNegativeIntegersAndStandWhereTheyBelong) {
  for (const std::string bad :
       {"-1", "1.0", "1e0", "true", "null", "\"1\"", "[1]", "{}", "NaN", "99999999999999999999"}) {
    EXPECT_NE(refusal_of_one(R"("dtype":"F32","shape":[)" + bad + R"(],"data_offsets":[0,4])"),
              "accepted")
        << bad;
    EXPECT_NE(refusal_of_one(R"("dtype":"F32","shape":[1],"data_offsets":[0,)" + bad + "]"),
              "accepted")
        << bad;
  }
  EXPECT_THAT(refusal_of_one(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"),
              HasSubstr("a negative number"));
  EXPECT_THAT(refusal_of_one(R"("dtype":"F32","shape":1,"data_offsets":[0,4])"),
              HasSubstr("'shape' must be a list, found number 1"));
  EXPECT_THAT(refusal_of_one(R"("dtype":["F32"],"shape":[1],"data_offsets":[0,4])"),
              HasSubstr("'dtype' must be a string, found a list"));
}

TEST(Safetensors, OffsetsAreTwo) {
  EXPECT_THAT(refusal_of_one(R"("dtype":"F32","shape":[1],"data_offsets":[0])"),
              HasSubstr("found fewer"));
  EXPECT_THAT(refusal_of_one(R"("dtype":"F32","shape":[1],"data_offsets":[0,4,4])"),
              HasSubstr("found more"));
}

TEST(Safetensors, AnUnknownDtypeIsRefused) {
  EXPECT_THAT(refusal_of_one(R"("dtype":"F4","shape":[8],"data_offsets":[0,4])"),
              HasSubstr("dtype 'F4' is not known"));
  EXPECT_THAT(refusal_of_one(R"("dtype":"f32","shape":[1],"data_offsets":[0,4])"),
              HasSubstr("is not known"));
}

TEST(Safetensors, DimensionsAreBounded) {
  EXPECT_THAT(refusal_of_one(R"("dtype":"F32","shape":[1099511627777,0],"data_offsets":[0,0])", 0),
              HasSubstr("dimension 1099511627777 exceeds 2^40"));
  EXPECT_EQ(refusal_of_one(R"("dtype":"F32","shape":[1099511627776,0],"data_offsets":[0,0])", 0),
            "accepted");
  EXPECT_THAT(refusal_of_one(R"("dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4])"),
              HasSubstr("more than 8 dimensions"));
}

TEST(Safetensors, ASizeThatOverflowsIsRefused) {
  EXPECT_THAT(
      refusal_of_one(R"("dtype":"F32","shape":[1099511627776,1099511627776],"data_offsets":[0,4])"),
      HasSubstr("the size of shape [1099511627776, 1099511627776] overflows"));
}

TEST(Safetensors, TheSizeMatchesTheShape) {
  EXPECT_THAT(refusal_of_one(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"),
              HasSubstr("'a': shape [2] of F32 needs 8 bytes, data_offsets give 4"));
}

TEST(Safetensors, OffsetsLieInsideTheDataAndInOrder) {
  EXPECT_THAT(refusal_of_one(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])"),
              HasSubstr("[4, 0] are not inside the 4 bytes of data"));
  EXPECT_THAT(refusal_of_one(R"("dtype":"F32","shape":[2],"data_offsets":[0,8])"),
              HasSubstr("[0, 8] are not inside the 4 bytes"));
  EXPECT_THAT(
      refusal_of_one(
          R"("dtype":"F32","shape":[1],"data_offsets":[18446744073709551612,18446744073709551615])"),
      HasSubstr("are not inside"));
}

std::string refusal_of_two(const std::string& offsets_a, const std::string& offsets_b) {
  const std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[)" + offsets_a +
                             R"(]},"b":{"dtype":"F32","shape":[1],"data_offsets":[)" + offsets_b +
                             "]}}";
  return refusal_of(safetensors_file(header, std::string(12, 'x')));
}

TEST(Safetensors, HolesOverlapsAndLeftoversAreRefused) {
  EXPECT_THAT(refusal_of_two("0,4", "8,12"),
              HasSubstr("'b' begins at byte 8 of the data, the tensor before it ends at "
                        "4: there is a hole"));
  EXPECT_THAT(refusal_of_two("4,8", "8,12"), HasSubstr("'a' begins at byte 4"));
  EXPECT_THAT(refusal_of_two("0,4", "0,4"), HasSubstr("they overlap"));
  EXPECT_THAT(refusal_of_two("0,4", "2,6"), HasSubstr("they overlap"));
  EXPECT_THAT(refusal_of_two("0,4", "4,8"),
              HasSubstr("the tensors end at byte 8 of 12 bytes of data"));
}

TEST(Safetensors, NamesAreBoundedAndNotEmpty) {
  const auto named = [](const std::string& name) {
    return refusal_of(safetensors_file(
        "{\"" + name + R"(":{"dtype":"I8","shape":[0],"data_offsets":[0,0]}})", ""));
  };
  EXPECT_EQ(named(std::string(512, 'n')), "accepted");
  EXPECT_THAT(named(std::string(513, 'n')), HasSubstr("a name of 513 bytes, at most 512"));
  EXPECT_THAT(named(""), HasSubstr("a tensor without a name"));
}

TEST(Safetensors, TheNumberOfTensorsIsBounded) {
  std::string header = "{";
  for (size_t i = 0; i <= kMaxTensors; ++i) {
    header.append(i == 0 ? "\"" : ",\"").append(std::to_string(i));
    header.append(R"(":{"dtype":"I8","shape":[0],"data_offsets":[0,0]})");
  }
  EXPECT_THAT(refusal_of(safetensors_file(header + "}", "")),
              HasSubstr("has more than 100000 tensors"));
}

TEST(Safetensors, ControlCharactersOfANameDoNotReachTheTerminal) {
  EXPECT_THAT(refusal_of(safetensors_file("{\"\\u001b[31m\":{}}", "")), HasSubstr("'\\x1B[31m'"));
}

TEST(Safetensors, EveryTruncationAndEveryFlippedByteIsRefusedOrHarmless) {
  const std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  const std::string file = safetensors_file(header, "data");
  for (size_t n = 0; n < file.size(); ++n)
    EXPECT_NE(refusal_of(file.substr(0, n)), "accepted") << n;
  for (size_t i = 0; i < 8 + header.size(); ++i) {
    for (const int mask : {1, 0x20, 0x80}) {
      std::string mutated = file;
      mutated[i] = static_cast<char>(mutated[i] ^ mask);
      (void)refusal([&] {
        const TensorMap tensors = parse(mutated);
        ASSERT_EQ(tensors.size(), 1U);
        EXPECT_EQ(tensors.begin()->second.bytes(), 4U);
      });
    }
  }
}

}  // namespace
}  // namespace verdict
