#include "checkpoint/weight_index.h"

#include <algorithm>

#include "checkpoint/text.h"
#include "checkpoint/untrusted_json.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

constexpr JsonLimits kIndexLimits{.depth = 8, .bytes = kMaxIndexBytes};
constexpr std::string_view kSuffix = ".safetensors";

bool is_plain_name(const std::string& name) {
  const auto plain = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return name.size() > kSuffix.size() && name.ends_with(kSuffix) &&
         std::ranges::all_of(name, plain) && name.find("..") == std::string::npos;
}

SortedJson parse(std::string_view text, const std::string& file_name) {
  try {
    return parse_untrusted_json(text, kIndexLimits);
  } catch (const FormatError& e) {
    throw ModelError(file_name + ": " + shown(e.what()));
  }
}

}  // namespace

WeightIndex parse_weight_index(std::string_view text, const std::string& file_name) {
  const SortedJson json = parse(text, file_name);
  const auto fail = [&](const std::string& rule) { throw ModelError(file_name + ": " + rule); };
  if (!json.is_object()) fail("is not a JSON object");
  for (const auto& [key, value] : json.items()) {
    if (key != "metadata" && key != "weight_map") fail("unknown key '" + shown(key) + "'");
  }
  const auto map = json.find("weight_map");
  if (map == json.end() || !map->is_object()) fail("weight_map is missing or not an object");
  WeightIndex index;
  for (const auto& [tensor, value] : map->items()) {
    if (!value.is_string()) fail("weight_map['" + shown(tensor) + "'] is not a string");
    const auto file = value.get<std::string>();
    if (!is_plain_name(file)) {
      fail(quoted(file) + " is not the plain name of a .safetensors file");
    }
    index[file].insert(tensor);
    if (index.size() > kMaxShards) fail("names more than " + std::to_string(kMaxShards) + " files");
  }
  if (index.empty()) fail("weight_map is empty");
  return index;
}

void check_weight_index(const WeightIndex& index, const TensorMap& tensors,
                        const std::vector<ModelFile>& files, const std::string& file_name) {
  std::vector<std::string> problems;
  for (const auto& [file, names] : index) {
    for (const std::string& name : names) {
      const auto found = tensors.find(name);
      if (found == tensors.end() || files[found->second.file].name != file) {
        problems.push_back(quoted(name) + " is not in " + file);
      }
    }
  }
  for (const auto& [name, tensor] : tensors) {
    const std::string& file = files[tensor.file].name;
    if (!index.at(file).contains(name)) {
      problems.push_back(quoted(name) + " of " + file + " is not listed there");
    }
  }
  if (!problems.empty()) throw ModelError(file_name + ": " + listed(problems, "; ", 20));
}

}  // namespace verdict
