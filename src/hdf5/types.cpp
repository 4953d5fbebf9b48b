#include "hdf5/types.h"

#include "hdf5/check.h"
#include "verdict/core/error.h"

namespace verdict {
Hdf5Handle copy_of_type(hid_t type) {
  return {checked(H5Tcopy(type), Doing::building, "HDF5", "copy a type"), H5Tclose};
}

Hdf5Handle utf8_type() {
  Hdf5Handle type = copy_of_type(H5T_C_S1);
  checked(H5Tset_size(type.get(), H5T_VARIABLE), Doing::building, "HDF5", "make a string type");
  checked(H5Tset_cset(type.get(), H5T_CSET_UTF8), Doing::building, "HDF5", "make a string type");
  return type;
}

TypeClass class_of(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      return TypeClass::integer;
    case H5T_FLOAT:
      return TypeClass::floating;
    case H5T_STRING:
      return TypeClass::text;
    default:
      return TypeClass::other;
  }
}

std::string describe_type(hid_t type) {
  const TypeClass kind = class_of(type);
  if (kind == TypeClass::text) return "string";
  if (kind == TypeClass::other) return "something else";
  const size_t bytes = H5Tget_size(type);
  const bool swapped = bytes > 1 && H5Tget_order(type) == H5T_ORDER_BE;
  const bool is_signed = kind == TypeClass::integer && H5Tget_sign(type) != H5T_SGN_NONE;
  const std::string name = kind == TypeClass::floating ? "float" : is_signed ? "int" : "uint";
  return (swapped ? "big-endian " : "") + name + std::to_string(8 * bytes);
}

void require_class(hid_t type, TypeClass expected, const std::string& expected_name,
                   const std::string& place) {
  if (class_of(type) == expected) return;
  throw SystemError(ExitCode::bad_data,
                    place + ": expected " + expected_name + ", found " + describe_type(type));
}

}  // namespace verdict
