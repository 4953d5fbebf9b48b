#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "checkpoint/fixtures.h"
#include "verdict/checkpoint/architectures.h"
#include "verdict/checkpoint/shard_plan.h"

namespace verdict {
namespace {

using testing::HasSubstr;
using testing_support::refusal;
using testing_support::safetensors_file;
using testing_support::TemporaryFolder;
using testing_support::write_file;
using testing_support::write_llama;

std::vector<float> read_floats(const Checkpoint& checkpoint, const ParamPlan& param) {
  std::vector<float> values(param_elements(param));
  read_param(checkpoint, param, std::as_writable_bytes(std::span(values)));
  return values;
}

// A whole tensor, read plainly.
std::vector<float> whole(const Checkpoint& checkpoint, const std::string& name) {
  const TensorInfo* tensor = checkpoint.find(name);
  std::vector<float> values(tensor->bytes() / 4);
  checkpoint.read(*tensor, 0, std::as_writable_bytes(std::span(values)));
  return values;
}

// The slices of a parameter, taken element by element.
std::vector<float> plain(const Checkpoint& checkpoint, const ParamPlan& param) {
  std::vector<float> result;
  for (const Slice& slice : param.parts) {
    const std::vector<float> all = whole(checkpoint, slice.tensor);
    const auto& shape = checkpoint.find(slice.tensor)->shape;
    const int64_t columns = shape.size() == 2 ? shape[1] : 1;
    for (int64_t i = 0; i < shape[0]; ++i) {
      for (int64_t j = 0; j < columns; ++j) {
        if (slice.range.contains(slice.dim == 0 ? i : j))
          result.push_back(all[static_cast<size_t>(i * columns + j)]);
      }
    }
  }
  return result;
}

TEST(ReadParam, RowsAndColumnsAreThoseOfThePlan) {
  const TemporaryFolder folder;
  write_llama(folder.path());
  const Checkpoint checkpoint = Checkpoint::open(folder.path());
  const DecoderSpec spec = describe(checkpoint.config());
  for (int tp = 1; tp <= 4; ++tp) {
    for (int rank = 0; rank < tp; ++rank) {
      for (const ParamPlan& param : make_shard_plan(spec, rank, tp).params) {
        EXPECT_EQ(param_dtype(checkpoint, param), DType::f32);
        EXPECT_EQ(read_floats(checkpoint, param), plain(checkpoint, param))
            << param.name << " " << rank << " " << tp;
      }
    }
  }
}

TEST(ReadParam, ATransposedParameterIsTurned) {
  const TemporaryFolder folder;
  write_llama(folder.path());
  const Checkpoint checkpoint = Checkpoint::open(folder.path());
  // Columns 3 to 5 of a tensor [24, 40] that is taken for [in, out]: a parameter [2, 24].
  const std::string name = "model.layers.0.self_attn.o_proj.weight";
  const ParamPlan param{.name = "p",
                        .shape = {2, 24},
                        .parts = {{.tensor = name, .dim = 1, .range = {3, 5}}},
                        .transposed = true};
  const std::vector<float> values = read_floats(checkpoint, param);
  const std::vector<float> all = whole(checkpoint, name);
  for (size_t out = 0; out < 2; ++out) {
    for (size_t in = 0; in < 24; ++in) EXPECT_EQ(values[out * 24 + in], all[in * 40 + 3 + out]);
  }
}

// One tensor of more than one block of 16 MiB, element i being i.
TEST(ReadParam, ColumnsOfALargeTensorAreReadBlockByBlock) {
  constexpr int64_t kRows = 4'100;
  constexpr int64_t kColumns = 1'050;
  std::vector<float> stored(static_cast<size_t>(kRows * kColumns));
  for (size_t i = 0; i < stored.size(); ++i) stored[i] = static_cast<float>(i);
  std::string data(stored.size() * 4, '\0');
  std::memcpy(data.data(), stored.data(), data.size());
  const TemporaryFolder folder;
  write_file(folder.path() / "config.json", "{}");
  write_file(folder.path() / "model.safetensors",
             safetensors_file(R"({"t":{"dtype":"F32","shape":[4100,1050],"data_offsets":[0,)" +
                                  std::to_string(data.size()) + "]}}",
                              data));
  const Checkpoint checkpoint = Checkpoint::open(folder.path());
  const ParamPlan param{.name = "p",
                        .shape = {kRows, 7},
                        .parts = {{.tensor = "t", .dim = 1, .range = {1043, 1050}}}};
  const std::vector<float> values = read_floats(checkpoint, param);
  for (size_t row = 0; row < size_t{kRows}; ++row) {
    for (size_t i = 0; i < 7; ++i)
      ASSERT_EQ(values[row * 7 + i], stored[row * size_t{kColumns} + 1043 + i]) << row;
  }
}

TEST(ReadParam, WhatDoesNotFitIsRefused) {
  const TemporaryFolder folder;
  write_llama(folder.path());
  const Checkpoint checkpoint = Checkpoint::open(folder.path());
  ParamPlan param{
      .name = "p", .shape = {1, 24}, .parts = {{.tensor = "none", .dim = 0, .range = {0, 1}}}};
  std::vector<std::byte> out(96);
  EXPECT_EQ(refusal([&] { read_param(checkpoint, param, out); }), "tensor 'none' is missing");
  param.parts[0] = {.tensor = "model.embed_tokens.weight", .dim = 0, .range = {101, 102}};
  EXPECT_EQ(
      refusal([&] { read_param(checkpoint, param, out); }),
      "tensor 'model.embed_tokens.weight' is [101, 24], needed are 101 to 102 of dimension 0");
  param.parts[0].range = {0, 2};
  EXPECT_EQ(refusal([&] { read_param(checkpoint, param, out); }),
            "the parts of p do not fit its shape");
  out.resize(95);
  EXPECT_THROW(read_param(checkpoint, param, out), SystemError);
}

}  // namespace
}  // namespace verdict
