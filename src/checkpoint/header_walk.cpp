#include "checkpoint/header_walk.h"

#include "checkpoint/dtype.h"
#include "checkpoint/text.h"
#include "verdict/core/error.h"
#include "verdict/core/json.h"

namespace verdict {
namespace {

constexpr uint64_t kMaxDimension = uint64_t{1} << 40;
constexpr std::string_view kMetadata = "__metadata__";

}  // namespace

void HeaderWalk::fail(const std::string& rule) const {
  const std::string where = name_.empty() ? "" : quoted(name_) + ": ";
  throw ModelError(file_ + ": header: " + where + rule);
}

void HeaderWalk::unexpected(const std::string& found) const {
  switch (place_) {
    case Place::outside:
      fail("must be an object, found " + found);
    case Place::header:
      fail("must be an object, found " + found);
    case Place::metadata:
      fail(quoted(field_) + " must be a string, found " + found);
    case Place::tensor:
      fail(quoted(field_) + " must be " + (field_ == "dtype" ? "a string" : "a list") + ", found " +
           found);
    case Place::list:
      fail(quoted(field_) + " must hold non-negative integers, found " + found);
  }
  fail("found " + found);
}

bool HeaderWalk::number_unsigned(number_unsigned_t value) {
  if (place_ != Place::list) unexpected("number " + std::to_string(value));
  if (field_ == "shape") {
    if (shape_.size() == kMaxRank) {
      fail("has more than " + std::to_string(kMaxRank) + " dimensions");
    }
    if (value > kMaxDimension) fail("dimension " + std::to_string(value) + " exceeds 2^40");
    shape_.push_back(value);
  } else {
    if (offsets_.size() == 2) fail("'data_offsets' must be two numbers, found more");
    offsets_.push_back(value);
  }
  return true;
}

bool HeaderWalk::string(string_t& value) {
  if (place_ == Place::metadata) return true;
  if (place_ != Place::tensor || field_ != "dtype") unexpected("string " + shortened(value));
  dtype_ = value;
  return true;
}

bool HeaderWalk::start_object(size_t) {
  if (place_ == Place::outside) {
    place_ = Place::header;
  } else if (place_ == Place::header) {
    place_ = name_ == kMetadata ? Place::metadata : Place::tensor;
    fields_.clear();
    dtype_.clear();
    shape_.clear();
    offsets_.clear();
  } else {
    unexpected("an object");
  }
  return true;
}

bool HeaderWalk::end_object() {
  if (place_ == Place::tensor) finish_tensor();
  place_ = place_ == Place::header ? Place::outside : Place::header;
  name_.clear();
  return true;
}

bool HeaderWalk::start_array(size_t) {
  if (place_ != Place::tensor || field_ == "dtype") unexpected("a list");
  place_ = Place::list;
  return true;
}

bool HeaderWalk::end_array() {
  place_ = Place::tensor;
  return true;
}

bool HeaderWalk::key(string_t& name) {
  if (place_ == Place::header) {
    if (tensors_.size() == kMaxTensors) {
      fail("has more than " + std::to_string(kMaxTensors) + " tensors");
    }
    if (!names_.insert(name).second) fail("key '" + shown(name) + "' occurs twice");
    if (name.empty()) fail("a tensor without a name");
    if (name.size() > kMaxTensorName) {
      fail("a name of " + std::to_string(name.size()) + " bytes, at most " +
           std::to_string(kMaxTensorName) + " are accepted: '" + shortened(name) + "'");
    }
    name_ = name;
    return true;
  }
  if (!fields_.insert(name).second) fail("key '" + shown(name) + "' occurs twice");
  if (place_ == Place::tensor && name != "dtype" && name != "shape" && name != "data_offsets") {
    fail("unknown key '" + shown(name) + "'");
  }
  field_ = name;
  return true;
}

bool HeaderWalk::parse_error(size_t position, const std::string&,
                             const nlohmann::detail::exception& e) {
  fail("not JSON at byte " + std::to_string(position) + ": " + shown(message_of(e)));
}

void HeaderWalk::finish_tensor() {
  for (const auto* field : {"dtype", "shape", "data_offsets"}) {
    if (!fields_.contains(field)) fail(quoted(field) + " is missing");
  }
  const std::optional<DType> dtype = dtype_named(dtype_);
  if (!dtype.has_value()) fail("dtype '" + shortened(dtype_) + "' is not known");
  if (offsets_.size() != 2) fail("'data_offsets' must be two numbers, found fewer");
  const uint64_t begin = offsets_[0];
  const uint64_t end = offsets_[1];
  if (begin > end || end > data_bytes_) {
    fail("data_offsets [" + std::to_string(begin) + ", " + std::to_string(end) +
         "] are not inside the " + std::to_string(data_bytes_) + " bytes of data");
  }
  const std::vector<int64_t> shape(shape_.begin(), shape_.end());
  uint64_t bytes = size_of(*dtype);
  for (const uint64_t n : shape_) {
    if (__builtin_mul_overflow(bytes, n, &bytes)) {
      fail("the size of shape " + shape_text(shape) + " overflows");
    }
  }
  if (bytes != end - begin) {
    fail("shape " + shape_text(shape) + " of " + dtype_ + " needs " + std::to_string(bytes) +
         " bytes, data_offsets give " + std::to_string(end - begin));
  }
  tensors_.push_back(
      {.name = name_, .dtype = *dtype, .shape = shape, .begin = begin, .end = end, .file = 0});
}

}  // namespace verdict
