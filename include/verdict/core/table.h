// Plain tables for the terminal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace verdict {

// Columns are as wide as their widest cell (counted in code points); numbers go to the right.
class TextTable {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title{};
    Align align = Align::left;
  };
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add_row(std::vector<std::string> cells);
  [[nodiscard]] std::string text(int indent = 0) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_{};
};

[[nodiscard]] std::string format_bytes(uint64_t bytes);              // "1.23 GiB"
[[nodiscard]] std::string format_fixed(double value, int decimals);  // "–" for NaN
[[nodiscard]] std::string format_duration(double seconds);           // "3 min 20 s"
// Text that came from a file, safe for a terminal: control characters and invalid UTF-8 are shown
// as \xNN.
[[nodiscard]] std::string printable(const std::string& text);

}  // namespace verdict
