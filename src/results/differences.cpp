#include "verdict/results/differences.h"

#include <algorithm>

#include "verdict/core/table.h"

namespace verdict {
namespace {

std::string shown(const Json* value) {
  return value == nullptr ? "nothing"
                          : printable(value->dump(-1, ' ', false, Json::error_handler_t::replace));
}

const Json* member(const Json& object, const std::string& name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

const Json* element(const Json& list, size_t i) { return i < list.size() ? &list[i] : nullptr; }

// Null: there is no such value.
void find_differences(const std::string& name, const Json* before, const Json* now,
                      std::vector<JsonDifference>& found) {
  if (before != nullptr && now != nullptr) {
    if (*before == *now) return;
    if (before->is_object() && now->is_object()) {
      const std::string prefix = name.empty() ? "" : name + ".";
      for (const auto& [key, value] : now->items()) {
        find_differences(prefix + key, member(*before, key), &value, found);
      }
      for (const auto& [key, value] : before->items()) {
        if (!now->contains(key)) find_differences(prefix + key, &value, nullptr, found);
      }
      return;
    }
    if (before->is_array() && now->is_array()) {
      for (size_t i = 0; i < std::max(before->size(), now->size()); ++i) {
        find_differences(name + "[" + std::to_string(i) + "]", element(*before, i),
                         element(*now, i), found);
      }
      return;
    }
  }
  found.push_back({.name = printable(name), .first = shown(before), .second = shown(now)});
}

}  // namespace

std::vector<JsonDifference> differences(const Json& first, const Json& second) {
  std::vector<JsonDifference> found;
  find_differences("", &first, &second, found);
  return found;
}

std::string describe_differences(const std::vector<JsonDifference>& found) {
  std::string text;
  for (const JsonDifference& d : found) {
    text.append(text.empty() ? "" : "; ")
        .append(d.name + " is " + d.first + " against " + d.second);
  }
  return text;
}

std::string numerics_difference(const std::string& first, const std::string& second) {
  if (first == second) return "";
  return describe_differences(differences(parse_json(first), parse_json(second)));
}

}  // namespace verdict
