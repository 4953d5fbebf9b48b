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

// Throws a ModelError that lists all problems (of each kind at most 1,000, and then how many more).
void check_tensors(const DecoderSpec& spec, const Checkpoint& checkpoint);

}  // namespace verdict
