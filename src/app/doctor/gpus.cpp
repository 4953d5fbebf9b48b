#include "app/doctor/gpus.h"

#include <dlfcn.h>

#include <array>
#include <memory>

namespace verdict {
namespace {

// Functions of a library by their names, as its C header declares them.
class Library {
 public:
  explicit Library(const std::string& name) : handle_(::dlopen(name.c_str(), RTLD_NOW)) {}
  ~Library() {
    if (handle_ != nullptr) ::dlclose(handle_);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  [[nodiscard]] bool opened() const { return handle_ != nullptr; }

  // The call's result, or -1 if the library has no such function. 0 is success in both libraries.
  template <class... Arguments>
  [[nodiscard]] int call(const char* name, Arguments... arguments) const {
    if (handle_ == nullptr) return -1;
    const auto function = reinterpret_cast<int (*)(Arguments...)>(::dlsym(handle_, name));
    return function == nullptr ? -1 : function(arguments...);
  }

 private:
  void* handle_;
};

// cuda.h: CUuuid.
struct Uuid {
  std::array<unsigned char, 16> bytes{};
};

std::string hex_of(const Uuid& uuid) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : uuid.bytes) {
    text.push_back(kDigits[byte >> 4U]);
    text.push_back(kDigits[byte & 15U]);
  }
  return text;
}

std::string error_text(const Library& cuda, const std::string& what, int code) {
  const char* text = nullptr;
  const int known = cuda.call("cuGetErrorString", code, &text);
  return what + ": " +
         (known == 0 && text != nullptr ? std::string(text) : "error " + std::to_string(code));
}

// Sets `problem` at the first call that fails.
Gpu look_at_gpu(const Library& cuda, int index, int count, std::string& problem) {
  int device = 0;
  std::array<char, 256> name{};
  size_t bytes = 0;
  Uuid uuid;
  const auto require = [&](const char* what, int code) {
    if (code != 0 && problem.empty())
      problem = error_text(cuda, "GPU " + std::to_string(index) + ": " + what, code);
  };
  require("cuDeviceGet", cuda.call("cuDeviceGet", &device, index));
  require("cuDeviceGetName",
          cuda.call("cuDeviceGetName", name.data(), static_cast<int>(name.size() - 1), device));
  require("cuDeviceTotalMem", cuda.call("cuDeviceTotalMem_v2", &bytes, device));
  require("cuDeviceGetUuid", cuda.call("cuDeviceGetUuid", &uuid, device));
  Gpu gpu{.name = name.data(), .uuid = hex_of(uuid), .memory_bytes = bytes};
  for (int other = 0; other < count; ++other) {
    int peer = 0;
    int can = 0;
    if (other == index) continue;
    require("cuDeviceGet", cuda.call("cuDeviceGet", &peer, other));
    require("cuDeviceCanAccessPeer", cuda.call("cuDeviceCanAccessPeer", &can, device, peer));
    if (can == 0) gpu.without_peer_access.push_back(other);
  }
  return gpu;
}

std::string driver_version(const std::string& library) {
  const Library nvml(library);
  std::array<char, 96> version{};
  if (nvml.call("nvmlInit_v2") != 0) return "";
  const int code = nvml.call("nvmlSystemGetDriverVersion", version.data(),
                             static_cast<unsigned>(version.size() - 1));
  static_cast<void>(nvml.call("nvmlShutdown"));
  return code == 0 ? version.data() : "";
}

}  // namespace

GpuReport look_for_gpus(const GpuLibraries& libraries) {
  const Library cuda(libraries.cuda);
  GpuReport report{.driver = cuda.opened()};
  if (!report.driver) return report;
  report.driver_version = driver_version(libraries.nvml);
  int count = 0;
  int version = 0;
  if (const int code = cuda.call("cuInit", 0U); code != 0) {
    report.problem = error_text(cuda, "cuInit", code);
  } else if (const int counted = cuda.call("cuDeviceGetCount", &count); counted != 0) {
    report.problem = error_text(cuda, "cuDeviceGetCount", counted);
  }
  if (cuda.call("cuDriverGetVersion", &version) == 0)
    report.cuda_version =
        std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
  for (int i = 0; i < count && report.problem.empty(); ++i)
    report.gpus.push_back(look_at_gpu(cuda, i, count, report.problem));
  return report;
}

}  // namespace verdict
