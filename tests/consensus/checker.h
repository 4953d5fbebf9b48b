// Counts comparisons with published vectors, and keeps those that fail.
#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "verdict/core/json.h"

namespace verdict::vectors {

class Checker {
 public:
  // What the comparisons that follow belong to: a vector, an epoch of a script.
  void enter(std::string where) { where_ = std::move(where); }

  // Exact for a tolerance of 0, which is absolute otherwise.
  void number(const std::string& what, double got, double expected, double tolerance) {
    compare(what, tolerance > 0 ? std::abs(got - expected) <= tolerance : got == expected, got,
            expected);
  }
  void same(const std::string& what, const Json& got, const Json& expected) {
    compare(what, got == expected, got, expected);
  }

  [[nodiscard]] size_t comparisons() const { return comparisons_; }
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }

 private:
  void compare(const std::string& what, bool passed, const Json& got, const Json& expected) {
    ++comparisons_;
    if (passed) return;
    failures_.push_back(where_ + ": " + what + " is " + got.dump() + ", expected " +
                        expected.dump());
  }

  std::string where_{};
  size_t comparisons_ = 0;
  std::vector<std::string> failures_{};
};

// One entry of `math`, of `epochs`, of `cases`.
void check_math(const Json& vector, Checker& checker);
void check_script(const Json& script, Checker& checker);
void check_case(const Json& epoch, Checker& checker);

// A whole document: yuma_vectors.json, yuma_cases.json or another of their formats. Throws
// FormatError if it is none.
void check_document(const Json& document, Checker& checker);

}  // namespace verdict::vectors
