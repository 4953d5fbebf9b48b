#include "verdict/checkpoint/projection_norms.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <span>
#include <string>

#include "verdict/checkpoint/shard_plan.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

double of_half_bits(uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int mantissa = bits & 1023;
  if (exponent == 31) {
    return mantissa != 0 ? std::numeric_limits<double>::quiet_NaN()
                         : std::numeric_limits<double>::infinity();
  }
  return exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(mantissa + 1024, exponent - 25);
}

template <class T, class Convert>
double sum_of_squares_as(std::span<const std::byte> bytes, Convert convert) {
  double sum = 0.0;
  for (size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T)) {
    T element{};
    std::memcpy(&element, bytes.data() + at, sizeof(T));
    const double value = convert(element);
    sum += value * value;
  }
  return sum;
}

double sum_of_squares(std::span<const std::byte> bytes, DType dtype) {
  switch (dtype) {
    case DType::f32:
      return sum_of_squares_as<float>(bytes, [](float x) { return double{x}; });
    case DType::bf16:
      return sum_of_squares_as<uint16_t>(
          bytes, [](uint16_t x) { return double{std::bit_cast<float>(uint32_t{x} << 16U)}; });
    case DType::f16:  // The sign is squared away.
      return sum_of_squares_as<uint16_t>(bytes, [](uint16_t x) { return of_half_bits(x); });
    default:
      throw ModelError("weights of another type than 16 or 32 bit floating point have no norms");
  }
}

// One parameter of a layer, read whole.
class Matrix {
 public:
  Matrix(const Checkpoint& checkpoint, const ParamPlan& param)
      : dtype_(param_dtype(checkpoint, param)), rows_(param.shape.front()) {
    bytes_.resize(param_elements(param) * size_of(dtype_));
    read_param(checkpoint, param, bytes_);
  }
  // Of rows [begin, end).
  [[nodiscard]] double norm(int64_t begin, int64_t end) const {
    const size_t row = bytes_.size() / static_cast<size_t>(rows_);
    const auto part = std::span<const std::byte>(bytes_).subspan(
        static_cast<size_t>(begin) * row, static_cast<size_t>(end - begin) * row);
    return std::sqrt(sum_of_squares(part, dtype_));
  }
  [[nodiscard]] int64_t rows() const { return rows_; }

 private:
  DType dtype_;
  int64_t rows_;
  std::vector<std::byte> bytes_{};
};

}  // namespace

std::vector<std::array<double, 6>> projection_norms(const Checkpoint& checkpoint,
                                                    const DecoderSpec& spec) {
  const ShardPlan plan = make_shard_plan(spec, 0, 1);
  std::map<std::string, const ParamPlan*> params;
  for (const ParamPlan& param : plan.params) params.emplace(param.name, &param);
  const int64_t q = spec.heads * spec.head_dim;
  const int64_t kv = spec.kv_heads * spec.head_dim;
  std::vector<std::array<double, 6>> norms;
  for (int64_t layer = 0; layer < spec.layers; ++layer) {
    const std::string prefix = "layers." + std::to_string(layer) + ".";
    const auto matrix = [&](const char* name) {
      return Matrix(checkpoint, *params.at(prefix + name));
    };
    const Matrix qkv = matrix("qkv");
    const Matrix out = matrix("attn_out");
    const Matrix gate_up = matrix("gate_up");
    const Matrix down = matrix("down");
    norms.push_back(
        {qkv.norm(0, q), qkv.norm(q, q + kv), qkv.norm(q + kv, q + 2 * kv), out.norm(0, out.rows()),
         gate_up.norm(gate_up.rows() - spec.ffn, gate_up.rows()), down.norm(0, down.rows())});
  }
  return norms;
}

}  // namespace verdict
