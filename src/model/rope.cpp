#include "verdict/model/rope.h"

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

}  // namespace

RotaryTable rotary_table(const Rope& rope, int64_t rotary_dim, int64_t length) {
  const at::Tensor exponent =
      at::arange(0, rotary_dim, 2, at::kLong).to(at::kFloat).div_(rotary_dim);
  at::Tensor inv_freq = at::pow(at::Scalar(rope.theta), exponent).reciprocal_();
  switch (rope.kind) {
    case Rope::Kind::plain:
      break;
    case Rope::Kind::linear:
      inv_freq = inv_freq / rope.factor;
      break;
    case Rope::Kind::llama3:
      inv_freq = llama3_scaled(inv_freq, rope);
      break;
  }
  const at::Tensor angles = at::outer(at::arange(length, at::kFloat), inv_freq);
  return {.cos = angles.cos(), .sin = angles.sin()};
}

}  // namespace verdict
