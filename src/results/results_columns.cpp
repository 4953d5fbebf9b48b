#include "results/results_columns.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "verdict/core/table.h"

namespace verdict {
namespace {

// Readers in Python refuse text that is not UTF-8, and a NUL would end it. Lines and tabs stay as
// they are.
std::string clean(const std::string& text) {
  std::string out;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find_first_of("\n\t", begin), text.size());
    out += printable(text.substr(begin, end - begin));
    if (end < text.size()) out += text[end];
    begin = end + 1;
  }
  return out;
}

template <Hdf5Element T>
T cleaned(T value) {
  if constexpr (std::same_as<T, std::string>) return clean(value);
  if constexpr (std::same_as<T, double>) return finite_or_missing(value);
  return value;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

double finite_or_missing(double value) {
  return std::isfinite(value) ? value : std::numeric_limits<double>::quiet_NaN();
}

template <Hdf5Element T>
Hdf5Dataset TableWriter::create(const Quantity& quantity, const std::vector<std::string>& axes,
                                std::vector<T> values, const Hdf5Layout& layout) {
  std::vector<int64_t> shape;
  shape.reserve(axes.size());
  for (const std::string& axis : axes) shape.push_back(axes_.at(axis).shape().front());
  for (T& value : values) value = cleaned<T>(std::move(value));
  // A chunk cannot be empty.
  Hdf5Dataset dataset = group_.create_dataset<T>(quantity.name, shape, values,
                                                 values.empty() ? Hdf5Layout{} : layout);
  dataset.set_attribute<std::string>("long_name", quantity.long_name);
  dataset.set_attribute<std::string>("units", quantity.units);
  if constexpr (std::same_as<T, double>) {
    dataset.set_attribute<double>("_FillValue", std::numeric_limits<double>::quiet_NaN());
  }
  for (size_t i = 0; i < axes.size(); ++i)
    dataset.attach_scale(static_cast<int64_t>(i), axes_.at(axes[i]));
  return dataset;
}

template <Hdf5Element T>
void TableWriter::add_axis(const Quantity& quantity, const std::vector<T>& labels) {
  std::vector<T> values;
  values.reserve(labels.size());
  for (const T& label : labels) values.push_back(cleaned<T>(label));
  Hdf5Dataset scale =
      group_.create_dataset<T>(quantity.name, {static_cast<int64_t>(values.size())}, values);
  scale.make_scale(quantity.name);
  scale.set_attribute<std::string>("long_name", quantity.long_name);
  scale.set_attribute<std::string>("units", quantity.units);
  axes_.emplace(quantity.name, std::move(scale));
}

template <Hdf5Element T>
void TableWriter::add(const Quantity& quantity, const std::vector<std::string>& axes,
                      std::vector<T> values, const Hdf5Layout& layout) {
  create<T>(quantity, axes, std::move(values), layout);
}

void TableWriter::add_flags(const Quantity& quantity, const std::vector<std::string>& axes,
                            std::vector<uint8_t> values, const std::vector<std::string>& meanings) {
  Hdf5Dataset dataset = create<uint8_t>(quantity, axes, std::move(values), {});
  std::vector<uint8_t> numbers(meanings.size());
  std::iota(numbers.begin(), numbers.end(), uint8_t{0});
  dataset.set_attributes<uint8_t>("flag_values", numbers);
  dataset.set_attribute<std::string>("flag_meanings", joined(meanings));
}

void TableWriter::add_text(const Quantity& quantity, const std::string& text) {
  create<std::string>(quantity, {}, {text}, {});
}

template void TableWriter::add_axis(const Quantity&, const std::vector<int64_t>&);
template void TableWriter::add_axis(const Quantity&, const std::vector<std::string>&);
using Axes = std::vector<std::string>;
template void TableWriter::add(const Quantity&, const Axes&, std::vector<uint16_t>,
                               const Hdf5Layout&);
template void TableWriter::add(const Quantity&, const Axes&, std::vector<uint64_t>,
                               const Hdf5Layout&);
template void TableWriter::add(const Quantity&, const Axes&, std::vector<int64_t>,
                               const Hdf5Layout&);
template void TableWriter::add(const Quantity&, const Axes&, std::vector<double>,
                               const Hdf5Layout&);
template void TableWriter::add(const Quantity&, const Axes&, std::vector<std::string>,
                               const Hdf5Layout&);

}  // namespace verdict
