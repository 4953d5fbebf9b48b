#include "verdict/checkpoint/synth.h"

#include <iostream>

#include "app/commands.h"
#include "verdict/core/file.h"

namespace verdict {

ExitCode run_synth(const SynthesisOptions& options) {
  try {
    write_synthetic_model(read_text(options.like),
                          {.out = options.out,
                           .seed = options.seed,
                           .dtype = options.dtype == "float32" ? DType::f32 : DType::bf16,
                           .max_shard_bytes = options.max_shard_bytes});
  } catch (const ModelError& e) {
    throw SystemError(ExitCode::bad_data, options.like.string() + ": " + e.what());
  }
  std::cout << "wrote " << options.out.string() << "\n";
  return ExitCode::ok;
}

}  // namespace verdict
