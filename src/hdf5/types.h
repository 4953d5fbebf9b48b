// The types of the file and of memory behind each C++ type.
#pragma once

#include <hdf5.h>

#include <string>

#include "verdict/hdf5/object.h"

namespace verdict {

enum class TypeClass { integer, floating, text, other };

[[nodiscard]] Hdf5Handle copy_of_type(hid_t type);
[[nodiscard]] Hdf5Handle utf8_type();  // Variable length.

// Little-endian whatever the machine.
template <Hdf5Element T>
[[nodiscard]] Hdf5Handle file_type() {
  if constexpr (std::same_as<T, uint8_t>) return copy_of_type(H5T_STD_U8LE);
  if constexpr (std::same_as<T, uint16_t>) return copy_of_type(H5T_STD_U16LE);
  if constexpr (std::same_as<T, uint32_t>) return copy_of_type(H5T_STD_U32LE);
  if constexpr (std::same_as<T, uint64_t>) return copy_of_type(H5T_STD_U64LE);
  if constexpr (std::same_as<T, int64_t>) return copy_of_type(H5T_STD_I64LE);
  if constexpr (std::same_as<T, double>) return copy_of_type(H5T_IEEE_F64LE);
  if constexpr (std::same_as<T, std::string>) return utf8_type();
}

template <Hdf5Element T>
[[nodiscard]] Hdf5Handle memory_type() {
  if constexpr (std::same_as<T, uint8_t>) return copy_of_type(H5T_NATIVE_UINT8);
  if constexpr (std::same_as<T, uint16_t>) return copy_of_type(H5T_NATIVE_UINT16);
  if constexpr (std::same_as<T, uint32_t>) return copy_of_type(H5T_NATIVE_UINT32);
  if constexpr (std::same_as<T, uint64_t>) return copy_of_type(H5T_NATIVE_UINT64);
  if constexpr (std::same_as<T, int64_t>) return copy_of_type(H5T_NATIVE_INT64);
  if constexpr (std::same_as<T, double>) return copy_of_type(H5T_NATIVE_DOUBLE);
  if constexpr (std::same_as<T, std::string>) return utf8_type();
}

// "uint32", "float64", "string", "big-endian int16", "something else": for messages and for strict
// readers.
[[nodiscard]] std::string describe_type(hid_t type);

// Throws SystemError(bad_data) unless `type` is of this class.
void require_class(hid_t type, TypeClass expected, const std::string& expected_name,
                   const std::string& place);

template <Hdf5Element T>
void require_type(hid_t type, const std::string& place) {
  constexpr TypeClass kExpected = std::same_as<T, std::string> ? TypeClass::text
                                  : std::same_as<T, double>    ? TypeClass::floating
                                                               : TypeClass::integer;
  require_class(type, kExpected, describe_type(file_type<T>().get()), place);
}

}  // namespace verdict
