// All ranks of the test as one tensor-parallel group, and goldens to load on it.
#pragma once

#include <unistd.h>

#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "verdict/checkpoint/checkpoint.h"
#include "verdict/comm/group.h"
#include "verdict/eval/session.h"

namespace verdict {

inline Group world_group() {
  const MpiComm world = world_communicator();
  return {
      .index = 0,
      .control = world.duplicate(),
      .tensors = make_mpi_communicator(world.duplicate(), "test group", std::chrono::seconds(60))};
}

inline std::filesystem::path golden_families() {
  return std::filesystem::path(VERDICT_TEST_DIR) / "goldens";
}
inline std::filesystem::path goldens() { return golden_families() / "llama"; }

// A copy of a golden in which one element of one tensor has been changed; gone at the end of the
// test. Collective.
class ChangedGolden {
 public:
  // `change` gets the element's bytes (in the file's dtype).
  ChangedGolden(const std::filesystem::path& golden, const std::string& tensor, int64_t element,
                const std::function<void(DType, std::byte*)>& change)
      : world_(world_communicator()) {
    const std::string name = world_.broadcast(
        "verdict-" + golden.filename().string() + "-" + std::to_string(::getpid()), 0);
    folder_ = std::filesystem::temp_directory_path() / name;
    if (world_.rank() == 0) {
      std::filesystem::remove_all(folder_);
      std::filesystem::copy(golden, folder_);
      const Checkpoint checkpoint = Checkpoint::open(folder_);
      const TensorInfo& info = *checkpoint.find(tensor);
      std::fstream file(folder_ / checkpoint.files()[info.file].name,
                        std::ios::in | std::ios::out | std::ios::binary);
      const auto size = static_cast<std::streamsize>(info.dtype == DType::f32 ? 4 : 2);
      std::array<std::byte, 4> bytes{};
      file.seekg(static_cast<std::streamoff>(info.begin) + element * size);
      file.read(reinterpret_cast<char*>(bytes.data()), size);
      change(info.dtype, bytes.data());
      file.seekp(static_cast<std::streamoff>(info.begin) + element * size);
      file.write(reinterpret_cast<const char*>(bytes.data()), size);
    }
    world_.barrier();
  }
  ~ChangedGolden() {
    world_.barrier();
    if (world_.rank() == 0) std::filesystem::remove_all(folder_);
  }
  ChangedGolden(const ChangedGolden&) = delete;
  ChangedGolden& operator=(const ChangedGolden&) = delete;
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  MpiComm world_;
  std::filesystem::path folder_{};
};

}  // namespace verdict
