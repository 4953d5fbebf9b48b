#include "verdict/core/toml.h"

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include <algorithm>
#include <utility>

#include "verdict/core/error.h"

namespace verdict {

struct TomlTable::Node {
  std::shared_ptr<const toml::table> document{};  // Keeps every sub-table alive.
  const toml::table* table = nullptr;
  std::string file{};
  std::string path{};  // "competition.task", empty for the document.
  mutable std::set<std::string, std::less<>> read{};

  [[nodiscard]] const toml::node* find(std::string_view key) const {
    read.emplace(key);
    return table->get(key);
  }
  [[nodiscard]] std::string name_of(std::string_view key) const {
    return path.empty() ? std::string(key) : path + "." + std::string(key);
  }
  [[noreturn]] void fail_at(const toml::node& node, std::string_view key,
                            const std::string& rule) const {
    const std::string where = file + ":" + std::to_string(node.source().begin.line);
    const std::string what = key.empty() ? path : name_of(key);
    throw SystemError(ExitCode::usage,
                      where + ": " + (what.empty() ? "" : "'" + what + "' ") + rule);
  }
  [[nodiscard]] const toml::node& at(std::string_view key) const {
    const toml::node* node = find(key);
    if (node == nullptr) fail_at(*table, key, "is missing");
    return *node;
  }
  [[nodiscard]] std::shared_ptr<Node> child(const toml::table& of, std::string_view key) const {
    return std::make_shared<Node>(
        Node{.document = document, .table = &of, .file = file, .path = name_of(key)});
  }
  template <class T>
  [[nodiscard]] T scalar(std::string_view key, const char* kind) const {
    const toml::node& node = at(key);
    const auto value = node.value_exact<T>();
    if (!value) fail_at(node, key, std::string("must be ") + kind);
    return *value;
  }
  template <class T>
  [[nodiscard]] std::vector<T> list(std::string_view key, const char* kind) const {
    const toml::node& node = at(key);
    const toml::array* array = node.as_array();
    if (array == nullptr) fail_at(node, key, std::string("must be a list of ") + kind);
    std::vector<T> values;
    for (const toml::node& element : *array) {
      const auto value = element.value_exact<T>();
      if (!value) fail_at(element, key, std::string("must be a list of ") + kind);
      values.push_back(*value);
    }
    return values;
  }
};

TomlTable TomlTable::parse(std::string_view text, const std::string& file_name) {
  try {
    auto document = std::make_shared<const toml::table>(toml::parse(text, file_name));
    const toml::table* root = document.get();
    return TomlTable(std::make_shared<Node>(
        Node{.document = std::move(document), .table = root, .file = file_name, .path = ""}));
  } catch (const toml::parse_error& e) {
    const auto begin = e.source().begin;
    throw SystemError(ExitCode::usage, file_name + ":" + std::to_string(begin.line) + ":" +
                                           std::to_string(begin.column) + ": " +
                                           std::string(e.description()));
  }
}

bool TomlTable::has(std::string_view key) const { return node_->find(key) != nullptr; }
std::string TomlTable::string(std::string_view key) const {
  return node_->scalar<std::string>(key, "a text");
}
int64_t TomlTable::integer(std::string_view key) const {
  return node_->scalar<int64_t>(key, "a whole number");
}
bool TomlTable::boolean(std::string_view key) const {
  return node_->scalar<bool>(key, "true or false");
}

double TomlTable::number(std::string_view key) const {
  const toml::node& node = node_->at(key);
  // value() alone would also take true for 1.
  const auto value = node.is_number() ? node.value<double>() : std::nullopt;
  if (!value) node_->fail_at(node, key, "must be a number");
  return *value;
}

std::vector<std::string> TomlTable::strings(std::string_view key) const {
  return node_->list<std::string>(key, "texts");
}
std::vector<int64_t> TomlTable::integers(std::string_view key) const {
  return node_->list<int64_t>(key, "whole numbers");
}

bool TomlTable::is_table(std::string_view key) const {
  const toml::node* node = node_->find(key);
  return node != nullptr && node->is_table();
}

TomlTable TomlTable::table(std::string_view key) const {
  const toml::node& node = node_->at(key);
  if (!node.is_table()) node_->fail_at(node, key, "must be a table");
  return TomlTable(node_->child(*node.as_table(), key));
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) const {
  std::vector<TomlTable> all;
  const toml::node* node = node_->find(key);
  if (node == nullptr) return all;
  const toml::array* array = node->as_array();
  if (array == nullptr)
    node_->fail_at(*node, key, "must be written as [[" + node_->name_of(key) + "]]");
  for (const toml::node& element : *array) {
    if (!element.is_table())
      node_->fail_at(element, key, "must be written as [[" + node_->name_of(key) + "]]");
    all.push_back(TomlTable(node_->child(*element.as_table(), key)));
  }
  return all;
}

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::string> names;
  for (const auto& entry : *node_->table) names.emplace_back(entry.first.str());
  return names;
}

void TomlTable::refuse_unknown_keys() const {
  for (const auto& entry : *node_->table) {
    if (!node_->read.contains(std::string_view(entry.first.str()))) {
      const std::string where = node_->file + ":" + std::to_string(entry.first.source().begin.line);
      throw SystemError(ExitCode::usage,
                        where + ": unknown key '" + node_->name_of(entry.first.str()) + "'");
    }
  }
}

void TomlTable::fail(std::string_view key, const std::string& rule) const {
  const toml::node* node = key.empty() ? nullptr : node_->find(key);
  node_->fail_at(node == nullptr ? *node_->table : *node, key, rule);
}

}  // namespace verdict
