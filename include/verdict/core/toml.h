// A reader of TOML tables that knows which keys were read, so that an unknown key is an error with
// its line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace verdict {

// One table of a TOML file. Every error is a SystemError(usage) "FILE:LINE: …" with the key's
// dotted path.
class TomlTable {
 public:
  // Throws SystemError(usage) with line and column if the text is not TOML.
  static TomlTable parse(std::string_view text, const std::string& file_name);

  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] std::string string(std::string_view key) const;
  [[nodiscard]] int64_t integer(std::string_view key) const;
  [[nodiscard]] double number(std::string_view key) const;  // An integer counts as a number.
  [[nodiscard]] bool boolean(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> strings(std::string_view key) const;
  [[nodiscard]] std::vector<int64_t> integers(std::string_view key) const;
  [[nodiscard]] bool is_table(std::string_view key) const;
  [[nodiscard]] TomlTable table(std::string_view key) const;
  // Empty if the key is absent; one entry per `[[key]]`.
  [[nodiscard]] std::vector<TomlTable> tables(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> keys() const;

  // Throws if a key of this table was never asked for. Sub-tables check themselves.
  void refuse_unknown_keys() const;
  // An error at this key (or, if it is absent or empty, at this table).
  [[noreturn]] void fail(std::string_view key, const std::string& rule) const;

 private:
  struct Node;
  explicit TomlTable(std::shared_ptr<Node> node) : node_(std::move(node)) {}
  std::shared_ptr<Node> node_;
};

}  // namespace verdict
