#include "verdict/model/rope.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace verdict {
namespace {

// Long wavelengths are slowed down by `factor`, short ones stay, those between are blended
// (transformers: _compute_llama3_parameters).
at::Tensor llama3_scaled(const at::Tensor& inv_freq, const Rope& rope) {
  const double low_wavelength = rope.original / rope.low;
  const double high_wavelength = rope.original / rope.high;
  const at::Tensor wavelength = at::full_like(inv_freq, 2 * std::numbers::pi).div_(inv_freq);
  const at::Tensor slowed =
      at::where(wavelength.gt(low_wavelength), inv_freq / rope.factor, inv_freq);
  const at::Tensor smooth = at::full_like(wavelength, rope.original)
                                .div_(wavelength)
                                .sub_(rope.low)
                                .div_(rope.high - rope.low);
  const at::Tensor blended = (1 - smooth) * slowed / rope.factor + smooth * slowed;
  const at::Tensor between =
      wavelength.ge(high_wavelength).logical_and_(wavelength.le(low_wavelength));
  return at::where(between, blended, slowed);
}

// A greater base for rows that are longer than the model was made for (transformers:
// _compute_dynamic_ntk_parameters, of which the length is that of the row).
at::Tensor dynamic_frequencies(const Rope& rope, const at::Tensor& exponent, int64_t rotary_dim,
                               int64_t length) {
  const auto dim = static_cast<double>(rotary_dim);
  const at::Tensor stretch =
      at::full({}, length, at::kLong) * rope.factor / rope.original - (rope.factor - 1);
  const at::Tensor base = at::pow(stretch, dim / (dim - 2)) * rope.theta;
  return at::pow(base, exponent).reciprocal_();
}

// Fast dimensions stay, slow ones are divided by `factor`, those between are blended on a ramp over
// the dimensions (transformers: _compute_yarn_parameters).
at::Tensor yarn_frequencies(const Rope& rope, const at::Tensor& exponent, int64_t rotary_dim) {
  const auto dim = static_cast<double>(rotary_dim);
  const auto dimension_of = [&](double rotations) {
    return dim * std::log(rope.original / (rotations * 2 * std::numbers::pi)) /
           (2 * std::log(rope.theta));
  };
  double low = dimension_of(rope.high);
  double high = dimension_of(rope.low);
  if (rope.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, dim - 1);
  if (low == high) high += 0.001;
  const at::Tensor ramp = at::arange(rotary_dim / 2, at::kFloat).sub_(low).div_(high - low);
  const at::Tensor kept = 1 - ramp.clamp_(0, 1);
  const at::Tensor frequencies = at::pow(at::Scalar(rope.theta), exponent);
  return (frequencies * rope.factor).reciprocal_() * (1 - kept) + frequencies.reciprocal() * kept;
}

// Each frequency has a divisor of its own, another one in rows that are longer than the model was
// first made for (transformers: _compute_longrope_parameters and longrope_frequency_update).
at::Tensor longrope_frequencies(const Rope& rope, const at::Tensor& exponent, int64_t length) {
  const bool is_long = static_cast<double>(length) > rope.original;
  const at::Tensor divisors =
      at::tensor(is_long ? rope.long_factors : rope.short_factors, at::kFloat);
  return (divisors * at::pow(at::Scalar(rope.theta), exponent)).reciprocal_();
}

at::Tensor frequencies(const Rope& rope, int64_t rotary_dim, int64_t length) {
  const at::Tensor exponent =
      at::arange(0, rotary_dim, 2, at::kLong).to(at::kFloat).div_(rotary_dim);
  const at::Tensor plain = at::pow(at::Scalar(rope.theta), exponent).reciprocal_();
  switch (rope.kind) {
    case Rope::Kind::plain:
      return plain;
    case Rope::Kind::linear:
      return plain / rope.factor;
    case Rope::Kind::llama3:
      return llama3_scaled(plain, rope);
    case Rope::Kind::dynamic:
      return static_cast<double>(length) <= rope.original
                 ? plain
                 : dynamic_frequencies(rope, exponent, rotary_dim, length);
    case Rope::Kind::yarn:
      return yarn_frequencies(rope, exponent, rotary_dim);
    case Rope::Kind::longrope:
      return longrope_frequencies(rope, exponent, length);
  }
  return plain;
}

}  // namespace

RotaryTable rotary_table(const Rope& rope, int64_t rotary_dim, int64_t length) {
  const at::Tensor angles =
      at::outer(at::arange(length, at::kFloat), frequencies(rope, rotary_dim, length));
  RotaryTable table{.cos = angles.cos(), .sin = angles.sin()};
  if (rope.amplitude != 1) {
    table.cos.mul_(rope.amplitude);
    table.sin.mul_(rope.amplitude);
  }
  return table;
}

}  // namespace verdict
