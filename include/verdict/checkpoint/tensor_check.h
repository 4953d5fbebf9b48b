// Which tensors a model must have, and what a checkpoint has instead.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "verdict/checkpoint/checkpoint.h"
#include "verdict/checkpoint/decoder_spec.h"

namespace verdict {

enum class TensorRole { embedding, linear, norm, bias };

struct ExpectedTensor {
  std::string name{};
  std::vector<int64_t> shape{};  // As stored in the file.
  TensorRole role = TensorRole::linear;
};

// Every tensor that the file must hold, each once. The head of a tied model is not among them.
[[nodiscard]] std::vector<ExpectedTensor> expected_tensors(const DecoderSpec& spec);

// Buffers that older files carry and no forward pass reads (architectures.md 5): exact names.
[[nodiscard]] std::set<std::string> ignored_tensors(const DecoderSpec& spec);

// Elements of all parameters, a tied head once, buffers not at all (scoring.md A.6.5). Computed in
// 128 bits; a count beyond 64 bits is a ModelError.
[[nodiscard]] int64_t parameter_count(const DecoderSpec& spec);

// What is wrong with a checkpoint, one line per tensor.
struct TensorProblems {
  std::vector<std::string> missing{};  // Names.
  std::vector<std::string>
      unexpected{};  // "NAME in FILE"; a head that differs from the embedding it is tied to.
  std::vector<std::string>
      wrong{};  // Shape or dtype: "FILE: 'NAME' is [3, 4], config.json says [4, 4]".
  [[nodiscard]] bool none() const { return missing.empty() && unexpected.empty() && wrong.empty(); }
};
[[nodiscard]] TensorProblems find_tensor_problems(const DecoderSpec& spec,
                                                  const Checkpoint& checkpoint);

// Missing and unexpected tensors in one line, at most 20 of each and then how many more; empty if
// there are none. The names are a stranger's: a message must not grow with their number.
[[nodiscard]] std::string presence_text(const TensorProblems& problems);
// The same of wrong shapes and dtypes.
[[nodiscard]] std::string wrong_text(const TensorProblems& problems);

// Throws a ModelError of the two texts above.
void check_tensors(const DecoderSpec& spec, const Checkpoint& checkpoint);

}  // namespace verdict
