#include "checkpoint/untrusted_json.h"

#include <set>
#include <string>
#include <vector>

#include "verdict/core/error.h"

namespace verdict {

SortedJson parse_untrusted_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    throw FormatError("is " + std::to_string(text.size()) + " bytes long, at most " +
                      std::to_string(limits.bytes) + " are accepted");
  }
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    throw FormatError("not JSON at byte " + std::to_string(nul) + ": a NUL byte");
  }
  std::vector<std::set<std::string>> keys;  // Of each open object or array.
  const auto refuse = [&](int depth, SortedJson::parse_event_t event, SortedJson& value) {
    using Event = SortedJson::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (depth >= limits.depth) {
        throw FormatError("nested deeper than " + std::to_string(limits.depth) + " levels");
      }
      keys.emplace_back();
    } else if (event == Event::object_end || event == Event::array_end) {
      keys.pop_back();
    } else if (event == Event::key && !keys.back().insert(value.get<std::string>()).second) {
      throw FormatError("key '" + value.get<std::string>() + "' occurs twice");
    }
    return true;
  };
  try {
    return SortedJson::parse(text, refuse);
  } catch (const SortedJson::parse_error& e) {
    throw FormatError("not JSON at byte " + std::to_string(e.byte) + ": " + message_of(e));
  } catch (const SortedJson::exception& e) {
    throw FormatError(message_of(e));
  }
}

}  // namespace verdict
