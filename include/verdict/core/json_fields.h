// Strict reading of JSON objects: every error names the key, what was expected and what was found.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "verdict/core/error.h"
#include "verdict/core/json.h"

namespace verdict {

[[noreturn]] inline void refuse_field(const std::string& key, const std::string& expected,
                                      const Json* found) {
  std::string shown =
      found == nullptr ? "nothing" : found->dump(-1, ' ', true, Json::error_handler_t::replace);
  constexpr size_t kMost = 80;
  if (shown.size() > kMost) shown = shown.substr(0, kMost) + "…";
  throw FormatError("key '" + key + "': expected " + expected + ", found " + shown);
}

// A misspelt or later key is an error, not something to pass over.
inline void refuse_other_keys(const Json& object, std::initializer_list<std::string_view> known) {
  for (const auto& [key, ignored] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end())
      throw FormatError("key '" + key + "': is not a known key");
  }
}

[[nodiscard]] inline const Json& field(const Json& object, const std::string& key,
                                       const std::string& expected) {
  const auto found = object.find(key);
  if (found == object.end()) refuse_field(key, expected, nullptr);
  return *found;
}

[[nodiscard]] inline std::string text_field(const Json& object, const std::string& key) {
  const Json& value = field(object, key, "a string");
  if (!value.is_string()) refuse_field(key, "a string", &value);
  return value.get<std::string>();
}

[[nodiscard]] inline int64_t integer_of(const Json& value, const std::string& key) {
  const bool too_large = value.is_number_unsigned() && value.get<uint64_t>() > uint64_t{INT64_MAX};
  if (!value.is_number_integer() || too_large) refuse_field(key, "an integer", &value);
  return value.get<int64_t>();
}

[[nodiscard]] inline int64_t integer_field(const Json& object, const std::string& key) {
  return integer_of(field(object, key, "an integer"), key);
}

[[nodiscard]] inline double number_of(const Json& value, const std::string& key) {
  try {
    return number_from_json(value);
  } catch (const FormatError&) {
    refuse_field(key, "a number", &value);
  }
}

[[nodiscard]] inline double number_field(const Json& object, const std::string& key) {
  return number_of(field(object, key, "a number"), key);
}

[[nodiscard]] inline bool boolean_field(const Json& object, const std::string& key) {
  const Json& value = field(object, key, "true or false");
  if (!value.is_boolean()) refuse_field(key, "true or false", &value);
  return value.get<bool>();
}

[[nodiscard]] inline const Json& array_field(const Json& object, const std::string& key) {
  const Json& value = field(object, key, "an array");
  if (!value.is_array()) refuse_field(key, "an array", &value);
  return value;
}

[[nodiscard]] inline std::vector<int64_t> integers_field(const Json& object,
                                                         const std::string& key) {
  std::vector<int64_t> values;
  for (const Json& value : array_field(object, key)) values.push_back(integer_of(value, key));
  return values;
}

[[nodiscard]] inline std::vector<double> numbers_field(const Json& object, const std::string& key) {
  std::vector<double> values;
  for (const Json& value : array_field(object, key)) values.push_back(number_of(value, key));
  return values;
}

}  // namespace verdict
