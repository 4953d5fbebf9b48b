// A model larger than the goldens, for all ranks of a test.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "verdict/checkpoint/synth.h"
#include "verdict/comm/mpi_comm.h"

namespace verdict {

// Random weights, written by the first rank, gone at the end. Collective.
class SharedModel {
 public:
  SharedModel(const char* config, DType dtype, uint64_t max_shard_bytes = uint64_t{5} << 30)
      : world_(world_communicator()) {
    folder_ = std::filesystem::temp_directory_path() /
              world_.broadcast("verdict-model-" + std::to_string(::getpid()), 0);
    if (world_.rank() == 0) {
      write_synthetic_model(config,
                            {.out = folder_, .dtype = dtype, .max_shard_bytes = max_shard_bytes});
    }
    world_.barrier();
  }
  ~SharedModel() {
    world_.barrier();
    std::error_code ignored;
    if (world_.rank() == 0) std::filesystem::remove_all(folder_, ignored);
  }
  SharedModel(const SharedModel&) = delete;
  SharedModel& operator=(const SharedModel&) = delete;
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  MpiComm world_;
  std::filesystem::path folder_{};
};

}  // namespace verdict
