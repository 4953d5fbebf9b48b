// What groups and datasets share: an open handle, a place for error messages, attributes.
//
// Errors of this module: SystemError(io) if the operating system failed, SystemError(bad_data) for
// anything else wrong in a file that is read, SystemError(internal) for anything wrong in a file
// that is built.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace verdict {

// What a dataset or an attribute may hold. In the file: little-endian, or variable-length UTF-8.
template <class T>
concept Hdf5Element =
    std::same_as<T, uint8_t> || std::same_as<T, uint16_t> || std::same_as<T, uint32_t> ||
    std::same_as<T, uint64_t> || std::same_as<T, int64_t> || std::same_as<T, double> ||
    std::same_as<T, std::string>;

// Owns an identifier of the HDF5 library (hid_t, 64 bits since HDF5 1.10) together with the call
// that closes it.
class Hdf5Handle {
 public:
  using Close = int (*)(int64_t);
  Hdf5Handle() = default;
  Hdf5Handle(int64_t id, Close close) : id_(id), close_(close) {}
  ~Hdf5Handle();
  Hdf5Handle(Hdf5Handle&& other) noexcept;
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept;
  [[nodiscard]] int64_t get() const { return id_; }

 private:
  int64_t id_ = -1;
  Close close_ = nullptr;
};

class Hdf5Object {
 public:
  // "FILE: /group/name"
  [[nodiscard]] const std::string& place() const { return place_; }
  [[nodiscard]] int64_t id() const { return handle_.get(); }

  [[nodiscard]] bool has_attribute(const std::string& name) const;
  // A scalar or one axis. Throws SystemError(bad_data) if it is absent or of another kind. An
  // integer of another width is converted; a number is never read as text.
  template <Hdf5Element T>
  [[nodiscard]] std::vector<T> attributes(const std::string& name) const;
  // The same for exactly one value.
  template <Hdf5Element T>
  [[nodiscard]] T attribute(const std::string& name) const {
    std::vector<T> values = attributes<T>(name);
    require_one(name, values.size());
    return std::move(values.front());
  }

  // A scalar.
  template <Hdf5Element T>
  void set_attribute(const std::string& name, const T& value) {
    write_attribute<T>(name, {value}, true);
  }
  // One axis.
  template <Hdf5Element T>
  void set_attributes(const std::string& name, const std::vector<T>& values) {
    write_attribute<T>(name, values, false);
  }

 protected:
  Hdf5Object(Hdf5Handle handle, std::string place)
      : handle_(std::move(handle)), place_(std::move(place)) {}

 private:
  void require_one(const std::string& name, size_t found) const;
  template <Hdf5Element T>
  void write_attribute(const std::string& name, const std::vector<T>& values, bool scalar);
  Hdf5Handle handle_;
  std::string place_;
};

}  // namespace verdict
