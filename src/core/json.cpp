#include "verdict/core/json.h"

#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "verdict/core/error.h"

namespace verdict {
namespace {

// Walks the text once without building anything and refuses what nlohmann-json would let pass.
class StrictWalk : public nlohmann::json_sax<Json> {
 public:
  explicit StrictWalk(int depth) : limit_(depth) {}

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t value, const string_t& text) override {
    if (!std::isfinite(value)) throw FormatError("number " + text + " is too large for a double");
    return true;
  }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool start_array(size_t) override { return enter(); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    if (!keys_.back().insert(name).second) throw FormatError("key '" + name + "' occurs twice");
    return true;
  }
  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception& e) override {
    throw FormatError("not JSON at byte " + std::to_string(position) + ": " + message_of(e));
  }

 private:
  bool enter() {
    if (static_cast<int>(keys_.size()) >= limit_) {
      throw FormatError("nested deeper than " + std::to_string(limit_) + " levels");
    }
    keys_.emplace_back();
    return true;
  }
  bool leave() {
    keys_.pop_back();
    return true;
  }

  int limit_;
  std::vector<std::set<std::string>> keys_{};  // Of each open object; an empty set for an array.
};

}  // namespace

Json parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    throw FormatError("is " + std::to_string(text.size()) + " bytes long, at most " +
                      std::to_string(limits.bytes) + " are accepted");
  }
  // The parser would take it for the end of the text.
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    throw FormatError("not JSON at byte " + std::to_string(nul) + ": a NUL character");
  }
  StrictWalk walk(limits.depth);
  Json::sax_parse(text, &walk);
  return Json::parse(text);
}

std::string message_of(const nlohmann::detail::exception& e) {
  std::string text = e.what();
  const size_t end_of_prefix = text.find("] ");
  if (end_of_prefix != std::string::npos) text.erase(0, end_of_prefix + 2);
  return text;
}

Json json_number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

double number_from_json(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (value == "inf") return std::numeric_limits<double>::infinity();
  if (value == "-inf") return -std::numeric_limits<double>::infinity();
  throw FormatError("expected a number, found " + value.dump());
}

}  // namespace verdict
