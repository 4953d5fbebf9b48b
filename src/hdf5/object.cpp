#include "verdict/hdf5/object.h"

#include "hdf5/check.h"
#include "hdf5/strings.h"
#include "hdf5/types.h"
#include "verdict/core/error.h"

namespace verdict {

static_assert(std::same_as<hid_t, int64_t>, "Hdf5Handle keeps identifiers of HDF5 1.10 or later.");

Hdf5Handle::~Hdf5Handle() {
  if (close_ != nullptr && id_ >= 0) close_(id_);
}
Hdf5Handle::Hdf5Handle(Hdf5Handle&& other) noexcept
    : id_(std::exchange(other.id_, -1)), close_(std::exchange(other.close_, nullptr)) {}
Hdf5Handle& Hdf5Handle::operator=(Hdf5Handle&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(close_, other.close_);
  return *this;
}

bool Hdf5Object::has_attribute(const std::string& name) const {
  return checked(H5Aexists(id(), name.c_str()), Doing::reading, place(),
                 "look for attribute '" + name + "'") > 0;
}

void Hdf5Object::require_one(const std::string& name, size_t found) const {
  if (found == 1) return;
  throw SystemError(ExitCode::bad_data, place() + ": attribute '" + name + "' has " +
                                            std::to_string(found) + " values, expected one");
}

template <Hdf5Element T>
std::vector<T> Hdf5Object::attributes(const std::string& name) const {
  const std::string where = place() + ": attribute '" + name + "'";
  if (!has_attribute(name)) throw SystemError(ExitCode::bad_data, where + " is missing");
  const Hdf5Handle attribute(
      checked(H5Aopen(id(), name.c_str(), H5P_DEFAULT), Doing::reading, where, "open"), H5Aclose);
  const Hdf5Handle type(
      checked(H5Aget_type(attribute.get()), Doing::reading, where, "read its type"), H5Tclose);
  const Hdf5Handle space(
      checked(H5Aget_space(attribute.get()), Doing::reading, where, "read its shape"), H5Sclose);
  require_type<T>(type.get(), where);
  const auto count = static_cast<size_t>(
      checked(H5Sget_simple_extent_npoints(space.get()), Doing::reading, where, "read its shape"));
  const RawRead read = [&](hid_t memory, void* buffer) {
    return H5Aread(attribute.get(), memory, buffer);
  };
  if constexpr (std::same_as<T, std::string>) {
    return read_strings(type.get(), count, read, where);
  } else {
    std::vector<T> values(count);
    if (count > 0)
      checked(read(memory_type<T>().get(), values.data()), Doing::reading, where, "read");
    return values;
  }
}

template <Hdf5Element T>
void Hdf5Object::write_attribute(const std::string& name, const std::vector<T>& values,
                                 bool scalar) {
  const std::string where = place() + ": attribute '" + name + "'";
  const hsize_t count = values.size();
  const Hdf5Handle space(
      checked(scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &count, nullptr),
              Doing::building, where, "make its shape"),
      H5Sclose);
  const Hdf5Handle attribute(checked(H5Acreate2(id(), name.c_str(), file_type<T>().get(),
                                                space.get(), H5P_DEFAULT, H5P_DEFAULT),
                                     Doing::building, where, "create"),
                             H5Aclose);
  if (values.empty()) return;
  const Hdf5Handle memory = memory_type<T>();
  if constexpr (std::same_as<T, std::string>) {
    checked(H5Awrite(attribute.get(), memory.get(), string_pointers(values).data()),
            Doing::building, where, "write");
  } else {
    checked(H5Awrite(attribute.get(), memory.get(), values.data()), Doing::building, where,
            "write");
  }
}

template std::vector<uint8_t> Hdf5Object::attributes(const std::string&) const;
template std::vector<uint16_t> Hdf5Object::attributes(const std::string&) const;
template std::vector<uint32_t> Hdf5Object::attributes(const std::string&) const;
template std::vector<uint64_t> Hdf5Object::attributes(const std::string&) const;
template std::vector<int64_t> Hdf5Object::attributes(const std::string&) const;
template std::vector<double> Hdf5Object::attributes(const std::string&) const;
template std::vector<std::string> Hdf5Object::attributes(const std::string&) const;
template void Hdf5Object::write_attribute(const std::string&, const std::vector<uint8_t>&, bool);
template void Hdf5Object::write_attribute(const std::string&, const std::vector<uint16_t>&, bool);
template void Hdf5Object::write_attribute(const std::string&, const std::vector<uint32_t>&, bool);
template void Hdf5Object::write_attribute(const std::string&, const std::vector<uint64_t>&, bool);
template void Hdf5Object::write_attribute(const std::string&, const std::vector<int64_t>&, bool);
template void Hdf5Object::write_attribute(const std::string&, const std::vector<double>&, bool);
template void Hdf5Object::write_attribute(const std::string&, const std::vector<std::string>&,
                                          bool);

}  // namespace verdict
