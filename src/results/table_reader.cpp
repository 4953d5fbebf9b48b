#include "results/table_reader.h"

#include <charconv>

#include "verdict/core/error.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (const int64_t extent : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
  return text + "]";
}

}  // namespace

void TableReader::require_axes(const Hdf5Dataset& dataset, size_t axes) {
  const std::vector<int64_t> shape = dataset.shape();
  if (shape.size() == axes) return;
  throw SystemError(ExitCode::bad_data, dataset.place() + ": expected " + std::to_string(axes) +
                                            " axis, found the shape " + shape_text(shape));
}

void TableReader::require_shape(const Hdf5Dataset& dataset,
                                const std::vector<std::string>& axes) const {
  std::vector<int64_t> expected;
  expected.reserve(axes.size());
  for (const std::string& axis : axes) expected.push_back(extents_.at(axis));
  const std::vector<int64_t> found = dataset.shape();
  if (found == expected) return;
  throw SystemError(ExitCode::bad_data, dataset.place() + ": expected the shape " +
                                            shape_text(expected) + ", found " + shape_text(found));
}

std::vector<Status> TableReader::statuses(const std::string& name, const std::string& axis) const {
  std::vector<Status> values;
  for (const uint8_t number : column<uint8_t>(name, {axis})) {
    if (number >= kStatusNames.size()) {
      throw SystemError(ExitCode::bad_data, group_.place() + ": status " + std::to_string(number) +
                                                " is unknown, expected at most " +
                                                std::to_string(kStatusNames.size() - 1));
    }
    values.push_back(static_cast<Status>(number));
  }
  return values;
}

ModelName split_label(const std::string& label, const std::string& place) {
  const size_t colon = label.find(':');
  ModelName name;
  const char* end = label.data() + std::min(colon, label.size());
  const auto parsed = std::from_chars(label.data(), end, name.uid);
  if (colon == std::string::npos || parsed.ec != std::errc{} || parsed.ptr != end) {
    throw SystemError(ExitCode::bad_data,
                      place + ": expected a label uid:repo, found '" + printable(label) + "'");
  }
  name.repo = label.substr(colon + 1);
  return name;
}

}  // namespace verdict
