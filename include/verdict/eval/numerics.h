// Everything that a row's bits depend on, apart from model and row.
#pragma once

#include <cstdint>
#include <string>

namespace verdict {

struct Numerics {
  std::string dtype = "float32";  // Of the body: float32 or bfloat16.
  int tp = 1;
  int64_t micro_batch = 1;
  int threads = 1;    // Per rank.
  std::string gpu{};  // Name and machine code, "NVIDIA H100 80GB HBM3, sm_90"; empty on CPU.
  std::string collectives{};  // On GPUs: library, version, algorithm and protocol.
  [[nodiscard]] bool on_gpu() const { return !gpu.empty(); }
  friend bool operator==(const Numerics&, const Numerics&) = default;
};

// Canonical JSON text with device, instruction set, kernels and versions added: part of every
// item's key.
[[nodiscard]] std::string numerics_text(const Numerics& numerics);

// Fixes what the numerics fix on this process: threads, no reduced precision in float32 products,
// memory kept by the process instead of handed back between products (fresh pages cost more than
// the arithmetic on small models).
void set_up_compute(const Numerics& numerics);

// The same for GPUs: sums of bfloat16 products in float32, no algorithm chosen by a race, a
// workspace of cuBLAS that does not depend on what ran before. Before the first product.
void set_up_gpu_compute();

}  // namespace verdict
