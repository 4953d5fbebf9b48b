#include "hdf5/strings.h"

#include <algorithm>

#include "hdf5/types.h"

namespace verdict {
namespace {

// Gives the strings that the library allocated back to it.
class Reclaim {
 public:
  explicit Reclaim(std::vector<char*>& strings) : strings_(strings) {}
  ~Reclaim() {
    for (char* text : strings_) {
      if (text != nullptr) H5free_memory(text);
    }
  }
  Reclaim(const Reclaim&) = delete;
  Reclaim& operator=(const Reclaim&) = delete;

 private:
  std::vector<char*>& strings_;
};

std::vector<std::string> read_variable(hid_t type, size_t count, const RawRead& read,
                                       const std::string& place) {
  std::vector<char*> raw(count, nullptr);
  const Reclaim reclaim(raw);
  // The library does not convert between character sets; ASCII is UTF-8.
  const Hdf5Handle memory = utf8_type();
  checked(H5Tset_cset(memory.get(), H5Tget_cset(type)), Doing::reading, place, "read");
  checked(read(memory.get(), raw.data()), Doing::reading, place, "read");
  std::vector<std::string> values;
  values.reserve(count);
  for (const char* text : raw) values.emplace_back(text == nullptr ? "" : text);
  return values;
}

std::vector<std::string> read_fixed(hid_t type, size_t count, const RawRead& read,
                                    const std::string& place) {
  const size_t width = H5Tget_size(type);
  const bool padded_with_spaces = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
  std::string raw(width * count, '\0');
  checked(read(type, raw.data()), Doing::reading, place, "read");
  std::vector<std::string> values;
  for (size_t i = 0; i < count; ++i) {
    std::string text = raw.substr(i * width, width);
    text.resize(std::min(text.find('\0'), text.size()));
    if (padded_with_spaces) text.erase(text.find_last_not_of(' ') + 1);
    values.push_back(std::move(text));
  }
  return values;
}

}  // namespace

std::vector<std::string> read_strings(hid_t type, size_t count, const RawRead& read,
                                      const std::string& place) {
  if (count == 0) return {};
  const htri_t variable =
      checked(H5Tis_variable_str(type), Doing::reading, place, "look at its type");
  return variable > 0 ? read_variable(type, count, read, place)
                      : read_fixed(type, count, read, place);
}

std::vector<const char*> string_pointers(const std::vector<std::string>& values) {
  std::vector<const char*> pointers;
  pointers.reserve(values.size());
  for (const std::string& value : values) pointers.push_back(value.c_str());
  return pointers;
}

}  // namespace verdict
