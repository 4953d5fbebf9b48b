#include "model/assembly.h"

#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "model/kernels/serves.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

at::ScalarType scalar_type(DType dtype, const std::string& param) {
  switch (dtype) {
    case DType::f32:
      return at::kFloat;
    case DType::f16:
      return at::kHalf;
    case DType::bf16:
      return at::kBFloat16;
    default:
      throw ModelError("'" + param + "' is neither F32, F16 nor BF16");
  }
}

bool is_product(const ParamPlan& param) {
  return param.name.starts_with("layers.") && param.shape.size() == 2;
}

}  // namespace

Assembly::Assembly(const Checkpoint& checkpoint, const DecoderSpec& spec, const ShardPlan& plan,
                   WeightArenas& arenas, const LoadOptions& options)
    : checkpoint_(checkpoint),
      options_(options),
      plain_(kernels::serves(at::empty({0}, at::TensorOptions(options.device)))) {
  // Where products of bfloat16 give float32, the head needs no copy in float32.
  const at::ScalarType head = plain_ ? options.dtype : at::kFloat;
  for (const ParamPlan& param : plan.params) {
    if (param.name == "lm_head") {
      add(param.name, param, head, options.head_rows);
    } else if (param.name == "lm_head_bias") {
      add(param.name, param, at::kFloat, 0);
    } else {
      add(param.name, param, options.dtype, is_product(param) ? options.tokens : 0);
      if (is_product(param))
        largest_spare_ = std::max<size_t>(largest_spare_,
                                          param_elements(param) * c10::elementSize(options.dtype));
    }
    if (param.name == "embed" && spec.tied_head && !plain_)
      add("head", param, head, options.head_rows);
  }
  std::vector<const ParamPlan*> plans;
  size_t bytes = 0;
  for (const Param& param : params_) {
    plans.push_back(param.plan);
    bytes += param.missing * c10::elementSize(param.dtype);
  }
  arena_ = &arenas.next(bytes, params_.size());
  copies_.emplace(checkpoint, plans);
}

void Assembly::add(const std::string& name, const ParamPlan& plan, at::ScalarType dtype,
                   int64_t product_rows) {
  places_.emplace(name, params_.size());
  params_.push_back({.plan = &plan,
                     .stored = scalar_type(param_dtype(checkpoint_, plan), plan.name),
                     .dtype = dtype,
                     .product_rows = product_rows,
                     .missing = param_elements(plan)});
}

void Assembly::place(Param& param) {
  const bool reordered = param.product_rows > 0 && !plain_;
  if (!reordered) {
    param.values = arena_->tensor(param.plan->shape, param.dtype);
    return;
  }
  param.staging = spare_ ? std::move(spare_) : std::make_unique<Staging>();
  param.values = param.staging->tensor(param.plan->shape, param.dtype);
}

void Assembly::take(size_t block, std::span<const std::byte> bytes,
                    std::span<const BlockElements> elements) {
  for (const BlockCopy& part : copies_->copies_of(elements)) copy(part, bytes);
  if (!options_.device.is_cuda()) return;
  std::optional<c10::Event>& event = events_.at(block % events_.size());
  if (!event) event.emplace(options_.device.type());
  event->record(c10::impl::VirtualGuardImpl(options_.device.type()).getStream(options_.device));
}

void Assembly::settle(size_t block) const {
  const std::optional<c10::Event>& event = events_.at(block % events_.size());
  if (event) event->synchronize();
}

void Assembly::copy(const BlockCopy& copy, std::span<const std::byte> bytes) {
  Param& param = params_[copy.param];
  if (!param.values.defined()) place(param);
  const size_t size = c10::elementSize(param.stored);
  const size_t spanned = static_cast<size_t>((copy.rows - 1) * copy.stride + copy.columns) * size;
  const std::span<const std::byte> from = bytes.subspan(copy.byte, spanned);
  const std::byte* data = from.data();
  if (reinterpret_cast<uintptr_t>(data) % size != 0) {  // As its file has it.
    aligned_.assign(from.begin(), from.end());
    data = aligned_.data();
  }
  const at::Tensor stored = at::from_blob(const_cast<std::byte*>(data), {copy.rows, copy.columns},
                                          {copy.stride, 1}, at::TensorOptions(param.stored));
  const auto [down, across] =
      copy.transposed ? std::pair(copy.columns, copy.rows) : std::pair(copy.rows, copy.columns);
  const at::Tensor matrix = param.values.dim() == 2 ? param.values : param.values.unsqueeze(1);
  const at::Tensor place = matrix.narrow(0, copy.to_row, down).narrow(1, copy.to_column, across);
  // A copy that is not of pinned memory has been taken over when this returns.
  (copy.transposed ? place.t() : place).copy_(stored, /*non_blocking=*/true);
  param.missing -= static_cast<uint64_t>(copy.elements());
  if (param.missing == 0) finish(param);
}

void Assembly::finish(Param& param) {
  if (param.product_rows == 0) return;
  if (param.staging) spare_.reset();  // No more than one lies beside what is in its final form.
  arena_->within([&] { param.linear = ops::make_linear(param.values, {}, param.product_rows); });
  param.values.reset();
  if (param.staging && param.staging->bytes() <= largest_spare_) spare_ = std::move(param.staging);
  param.staging.reset();
}

const Assembly::Param& Assembly::complete(const std::string& name) const {
  const Param& param = params_[places_.at(name)];
  if (param.missing > 0) {
    throw SystemError(std::to_string(param.missing) + " elements of '" + name + "' were not read");
  }
  return param;
}

at::Tensor Assembly::tensor(const std::string& name) const { return complete(name).values; }
ops::Linear Assembly::linear(const std::string& name) const { return complete(name).linear; }

}  // namespace verdict
