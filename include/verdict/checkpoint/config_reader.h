// config.json of a submission, read strictly: every value has a type and a range, and a key that
// nobody read is an error. An evaluator that ignores a key publishes a wrong number about someone's
// model.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "verdict/core/range.h"

namespace verdict {

// A closed interval of doubles.
struct Bounds {
  double min = 0;
  double max = 0;
};

// One JSON object: the file itself or an object inside it. Copies share the record of the keys that
// were read. Every error is a ModelError "FILE: KEY …"; inner keys are named with their path, e.g.
// "rope_scaling.factor". A key whose value is null counts as absent, but see is_null.
class ConfigReader {
 public:
  // At most 1 MiB of UTF-8, no key twice, at most 8 levels deep, finite numbers, and an object
  // outermost.
  static ConfigReader parse(std::string_view text, const std::string& file_name);

  [[nodiscard]] std::string architecture() const;  // architectures[0]
  [[nodiscard]] std::string model_type() const;

  [[nodiscard]] bool has(std::string_view key) const;
  // Written down as null. Means "no window" for sliding_window, where absence means the default.
  [[nodiscard]] bool is_null(std::string_view key) const;

  // The value must lie in `allowed` (half open, as every Range).
  [[nodiscard]] int64_t integer(std::string_view key, Range allowed) const;
  [[nodiscard]] int64_t integer_or(std::string_view key, int64_t otherwise, Range allowed) const;
  [[nodiscard]] double number(std::string_view key,
                              Bounds allowed) const;  // An integer counts as a number.
  [[nodiscard]] double number_or(std::string_view key, double otherwise, Bounds allowed) const;
  [[nodiscard]] std::vector<double> numbers(std::string_view key, Bounds allowed) const;
  [[nodiscard]] bool boolean_or(std::string_view key, bool otherwise) const;
  [[nodiscard]] std::string text(std::string_view key) const;
  [[nodiscard]] std::string text_or(std::string_view key, const std::string& otherwise) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
  [[nodiscard]] ConfigReader object(std::string_view key) const;

  // Throws a ModelError naming every key, here and in the objects that were opened, that was not
  // read and is not known to be harmless (architectures.md 4.3), or that is accepted with one value
  // only and has another.
  void refuse_unread_keys() const;

  // A ModelError at this key.
  [[noreturn]] void fail(std::string_view key, const std::string& rule) const;

 private:
  struct Node;
  explicit ConfigReader(std::shared_ptr<Node> node) : node_(std::move(node)) {}
  std::shared_ptr<Node> node_;
};

}  // namespace verdict
