#include "verdict/checkpoint/config_reader.h"

#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include "checkpoint/config_keys.h"
#include "checkpoint/text.h"
#include "checkpoint/untrusted_json.h"
#include "verdict/core/error.h"

namespace verdict {

struct ConfigReader::Node {
  std::string file{};
  std::string path{};  // "" for the file's own object, else "rope_scaling."
  SortedJson object{};
  std::set<std::string, std::less<>> read{};
  std::map<std::string, std::shared_ptr<Node>, std::less<>> inner{};  // Objects that were opened.

  // The value of a key, which counts as read from now on; null if it is absent or null.
  const SortedJson* look_up(std::string_view key) {
    read.emplace(key);
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
  }
  [[noreturn]] void fail(std::string_view key, const std::string& rule) const {
    throw ModelError(file + ": " + shown(path + std::string(key)) + " " + rule);
  }
  const SortedJson& need(std::string_view key) {
    const SortedJson* value = look_up(key);
    if (value == nullptr) fail(key, "is missing");
    return *value;
  }
  [[noreturn]] void wrong_type(std::string_view key, const std::string& expected,
                               const SortedJson& found) const {
    fail(key, "must be " + expected + ", found " + shortened(found.dump()));
  }
  void find_unread(std::vector<std::string>& problems) const;
};

namespace {

constexpr JsonLimits kConfigLimits{.depth = 8, .bytes = size_t{1} << 20};

std::string plain(double value) {
  std::ostringstream out;
  out.precision(17);
  out << value;
  return out.str();
}

}  // namespace

ConfigReader ConfigReader::parse(std::string_view text, const std::string& file_name) {
  auto node = std::make_shared<Node>();
  node->file = file_name;
  try {
    node->object = parse_untrusted_json(text, kConfigLimits);
  } catch (const FormatError& e) {
    throw ModelError(file_name + ": " + shown(e.what()));
  }
  if (!node->object.is_object()) throw ModelError(file_name + ": is not a JSON object");
  return ConfigReader(std::move(node));
}

std::string ConfigReader::architecture() const {
  const std::vector<std::string> names = texts("architectures");
  if (names.empty()) fail("architectures", "is empty");
  return names.front();
}

std::string ConfigReader::model_type() const { return text("model_type"); }

bool ConfigReader::has(std::string_view key) const {
  const auto found = node_->object.find(key);
  return found != node_->object.end() && !found->is_null();
}

bool ConfigReader::is_null(std::string_view key) const {
  const auto found = node_->object.find(key);
  return found != node_->object.end() && found->is_null();
}

int64_t ConfigReader::integer(std::string_view key, Range allowed) const {
  const SortedJson& value = node_->need(key);
  const std::string expected =
      "an integer from " + std::to_string(allowed.begin) + " to " + std::to_string(allowed.end - 1);
  if (!value.is_number_integer()) node_->wrong_type(key, expected, value);
  // An unsigned value beyond int64 would turn negative in get<int64_t>.
  const bool fits = !value.is_number_unsigned() || value.get<uint64_t>() <= uint64_t{INT64_MAX};
  if (!fits || !allowed.contains(value.get<int64_t>())) node_->wrong_type(key, expected, value);
  return value.get<int64_t>();
}

int64_t ConfigReader::integer_or(std::string_view key, int64_t otherwise, Range allowed) const {
  return node_->look_up(key) == nullptr ? otherwise : integer(key, allowed);
}

double ConfigReader::number(std::string_view key, Bounds allowed) const {
  const SortedJson& value = node_->need(key);
  const std::string expected = "a number from " + plain(allowed.min) + " to " + plain(allowed.max);
  if (!value.is_number()) node_->wrong_type(key, expected, value);
  const double number = value.get<double>();
  if (!(number >= allowed.min && number <= allowed.max)) node_->wrong_type(key, expected, value);
  return number;
}

double ConfigReader::number_or(std::string_view key, double otherwise, Bounds allowed) const {
  return node_->look_up(key) == nullptr ? otherwise : number(key, allowed);
}

std::vector<double> ConfigReader::numbers(std::string_view key, Bounds allowed) const {
  const SortedJson& value = node_->need(key);
  const std::string expected =
      "a list of numbers from " + plain(allowed.min) + " to " + plain(allowed.max);
  if (!value.is_array()) node_->wrong_type(key, expected, value);
  std::vector<double> result;
  for (const SortedJson& item : value) {
    const bool good =
        item.is_number() && item.get<double>() >= allowed.min && item.get<double>() <= allowed.max;
    if (!good) node_->wrong_type(key, expected, item);
    result.push_back(item.get<double>());
  }
  return result;
}

bool ConfigReader::boolean_or(std::string_view key, bool otherwise) const {
  const SortedJson* value = node_->look_up(key);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) node_->wrong_type(key, "true or false", *value);
  return value->get<bool>();
}

std::string ConfigReader::text(std::string_view key) const {
  const SortedJson& value = node_->need(key);
  if (!value.is_string()) node_->wrong_type(key, "a string", value);
  return value.get<std::string>();
}

std::string ConfigReader::text_or(std::string_view key, const std::string& otherwise) const {
  return node_->look_up(key) == nullptr ? otherwise : text(key);
}

std::vector<std::string> ConfigReader::texts(std::string_view key) const {
  const SortedJson& value = node_->need(key);
  if (!value.is_array()) node_->wrong_type(key, "a list of strings", value);
  std::vector<std::string> result;
  for (const SortedJson& item : value) {
    if (!item.is_string()) node_->wrong_type(key, "a list of strings", value);
    result.push_back(item.get<std::string>());
  }
  return result;
}

ConfigReader ConfigReader::object(std::string_view key) const {
  const SortedJson& value = node_->need(key);
  if (!value.is_object()) node_->wrong_type(key, "an object", value);
  std::shared_ptr<Node>& inner = node_->inner[std::string(key)];
  if (inner == nullptr) {
    inner = std::make_shared<Node>();
    inner->file = node_->file;
    inner->path = node_->path + std::string(key) + ".";
    inner->object = value;
  }
  return ConfigReader(inner);
}

void ConfigReader::Node::find_unread(std::vector<std::string>& problems) const {
  const bool outermost = path.empty();
  for (const auto& [key, value] : object.items()) {
    if (value.is_null() || read.contains(key)) continue;
    if (outermost && is_harmless_key(key)) continue;
    const auto required = outermost ? only_accepted_value(key) : std::nullopt;
    if (required.has_value() && value.is_boolean() && value.get<bool>() == *required) continue;
    problems.push_back(shown(path + key) + " = " + shortened(value.dump()));
  }
  for (const auto& [key, node] : inner) node->find_unread(problems);
}

void ConfigReader::refuse_unread_keys() const {
  std::vector<std::string> problems;
  node_->find_unread(problems);
  if (problems.empty()) return;
  throw ModelError(node_->file + ": not supported: " + listed(problems, ", ", 50));
}

void ConfigReader::fail(std::string_view key, const std::string& rule) const {
  node_->fail(key, rule);
}

}  // namespace verdict
