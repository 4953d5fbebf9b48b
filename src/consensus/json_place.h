// Strict reading of JSON: every refusal names the field, what was expected and what was found.
#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <set>
#include <string>

#include "verdict/core/error.h"
#include "verdict/core/json.h"
#include "verdict/core/table.h"

namespace verdict {

// A value of a file and where it stands: "weights.3[1]".
struct JsonPlace {
  const Json& value;
  std::string name{};

  [[noreturn]] void refuse(const std::string& expected) const {
    throw FormatError((name.empty() ? "" : printable(name) + ": ") + "expected " + expected +
                      ", found " + shown());
  }
  [[nodiscard]] JsonPlace operator[](size_t i) const {
    return {value[i], name + "[" + std::to_string(i) + "]"};
  }
  [[nodiscard]] JsonPlace at(const std::string& key) const {
    const auto found = value.find(key);
    if (found == value.end()) throw FormatError(printable(member(key)) + ": is missing");
    return {*found, member(key)};
  }
  [[nodiscard]] const JsonPlace& object() const {
    if (!value.is_object()) refuse("an object");
    return *this;
  }
  [[nodiscard]] const JsonPlace& list() const {
    if (!value.is_array()) refuse("a list");
    return *this;
  }
  [[nodiscard]] const JsonPlace& list_of(size_t count) const {
    if (list().value.size() != count) refuse(std::to_string(count) + " values, one per uid");
    return *this;
  }
  [[nodiscard]] uint64_t whole(uint64_t most, uint64_t least = 0) const {
    // A negative number is not unsigned for the JSON library; one beyond 64 bits is a float.
    if (!value.is_number_unsigned() || value.get<uint64_t>() > most ||
        value.get<uint64_t>() < least) {
      refuse("a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    return value.get<uint64_t>();
  }
  [[nodiscard]] uint64_t whole() const { return whole(std::numeric_limits<uint64_t>::max()); }
  [[nodiscard]] uint16_t u16() const { return static_cast<uint16_t>(whole(65535)); }
  [[nodiscard]] int32_t i32() const {
    const bool fits = value.is_number_integer() && value == Json(value.get<int32_t>());
    if (!fits) refuse("a whole number from -2147483648 to 2147483647");
    return value.get<int32_t>();
  }
  [[nodiscard]] bool boolean() const {
    if (!value.is_boolean()) refuse("true or false");
    return value.get<bool>();
  }
  [[nodiscard]] std::string text() const {
    if (!value.is_string() || value.get_ref<const std::string&>().empty()) refuse("a text");
    return value.get<std::string>();
  }
  // A key that is a uid below n. "012" is none: a number is written in one way only.
  [[nodiscard]] uint16_t uid_key(const std::string& key, size_t n) const {
    uint16_t uid = 0;
    const auto end = std::from_chars(key.data(), key.data() + key.size(), uid);
    if (end.ec != std::errc() || std::to_string(uid) != key || uid >= n) {
      throw FormatError(printable(member(key)) + ": expected a uid below n = " + std::to_string(n) +
                        " as a key");
    }
    return uid;
  }
  void refuse_other_keys(const std::set<std::string>& known) const {
    for (const auto& [key, ignored] : value.items()) {
      if (!known.contains(key)) throw FormatError(printable(member(key)) + ": is not a known key");
    }
  }
  [[nodiscard]] std::string member(const std::string& key) const {
    return name.empty() ? key : name + "." + key;
  }

 private:
  // Not the megabytes that a file may hold.
  [[nodiscard]] std::string shown() const {
    if (value.is_array()) return "a list of " + std::to_string(value.size());
    if (value.is_object()) return "an object";
    const std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    return printable(text.size() > 60 ? text.substr(0, 57) + "…" : text);
  }
};

}  // namespace verdict
