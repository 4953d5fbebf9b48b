// The JSON of a safetensors header, event by event: nothing is built but the tensors, whatever the
// text holds.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "verdict/checkpoint/safetensors.h"

namespace verdict {

// Accepts {"__metadata__": {string: string}, NAME: {"dtype": …, "shape": […], "data_offsets": [b,
// e]}, …} and nothing else. begin and end of the tensors count from the start of the data. Throws
// ModelError "FILE: …".
class HeaderWalk : public nlohmann::json_sax<nlohmann::json> {
 public:
  HeaderWalk(std::string file_name, uint64_t data_bytes)
      : file_(std::move(file_name)), data_bytes_(data_bytes) {}

  [[nodiscard]] std::vector<TensorInfo> take_tensors() { return std::move(tensors_); }

  bool null() override { unexpected("null"); }
  bool boolean(bool) override { unexpected("true or false"); }
  bool number_integer(number_integer_t) override { unexpected("a negative number"); }
  bool number_unsigned(number_unsigned_t value) override;
  bool number_float(number_float_t, const string_t& text) override { unexpected("number " + text); }
  bool string(string_t& value) override;
  bool binary(binary_t&) override { unexpected("binary data"); }
  bool start_object(size_t) override;
  bool end_object() override;
  bool start_array(size_t) override;
  bool end_array() override;
  bool key(string_t& name) override;
  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception& e) override;

 private:
  enum class Place { outside, header, metadata, tensor, list };

  [[noreturn]] void fail(const std::string& rule) const;
  [[noreturn]] void unexpected(const std::string& found) const;
  void finish_tensor();

  std::string file_;
  uint64_t data_bytes_;
  Place place_ = Place::outside;
  std::string name_{};              // The key of the header that we are in.
  std::string field_{};             // The key inside it.
  std::set<std::string> fields_{};  // Those seen so far in this object.
  std::unordered_set<std::string> names_{};
  std::string dtype_{};
  std::vector<uint64_t> shape_{};
  std::vector<uint64_t> offsets_{};
  std::vector<TensorInfo> tensors_{};
};

}  // namespace verdict
