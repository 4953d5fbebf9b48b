#include "verdict/checkpoint/tensor_check.h"

#include <algorithm>

#include "checkpoint/dtype.h"
#include "checkpoint/text.h"
#include "verdict/checkpoint/shard_plan.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

constexpr size_t kListed = 20;
constexpr uint64_t kBlock = uint64_t{8} << 20;

bool same_bytes(const Checkpoint& checkpoint, const TensorInfo& a, const TensorInfo& b) {
  if (a.dtype != b.dtype || a.shape != b.shape) return false;
  std::vector<std::byte> of_a(std::min(a.bytes(), kBlock));
  std::vector<std::byte> of_b(of_a.size());
  for (uint64_t offset = 0; offset < a.bytes(); offset += of_a.size()) {
    const size_t n = std::min<uint64_t>(of_a.size(), a.bytes() - offset);
    checkpoint.read(a, offset, std::span(of_a).first(n));
    checkpoint.read(b, offset, std::span(of_b).first(n));
    if (!std::equal(of_a.begin(), of_a.begin() + static_cast<std::ptrdiff_t>(n), of_b.begin())) {
      return false;
    }
  }
  return true;
}

// A tied model's file may repeat the embedding as its head. With another head in it, libraries
// disagree about which of the two counts.
bool is_tied_copy(const DecoderSpec& spec, const Checkpoint& checkpoint, const TensorInfo& tensor) {
  if (!spec.tied_head || tensor.name != spec.names.lm_head + ".weight") return false;
  const TensorInfo* embedding = checkpoint.find(spec.names.embed + ".weight");
  return embedding != nullptr && same_bytes(checkpoint, tensor, *embedding);
}

std::string unexpected_text(const DecoderSpec& spec, const Checkpoint& checkpoint,
                            const TensorInfo& tensor) {
  const std::string text = quoted(tensor.name) + " in " + checkpoint.files()[tensor.file].name;
  if (!spec.tied_head || tensor.name != spec.names.lm_head + ".weight") return text;
  return text + " (it differs from the embedding that config.json ties it to)";
}

void check_one(const ExpectedTensor& expected, const Checkpoint& checkpoint,
               TensorProblems& problems) {
  const TensorInfo* found = checkpoint.find(expected.name);
  if (found == nullptr) {
    problems.missing.push_back(quoted(expected.name));
    return;
  }
  const std::string where = checkpoint.files()[found->file].name + ": '" + expected.name + "' is ";
  if (found->shape != expected.shape) {
    problems.wrong.push_back(where + shape_text(found->shape) + ", config.json says " +
                             shape_text(expected.shape));
  }
  if (!is_weight_dtype(found->dtype)) {
    problems.wrong.push_back(where + std::string(name_of(found->dtype)) +
                             ", accepted are F32, F16 and BF16");
  }
}

}  // namespace

TensorProblems find_tensor_problems(const DecoderSpec& spec, const Checkpoint& checkpoint) {
  TensorProblems problems;
  std::set<std::string, std::less<>> known;
  for (const ExpectedTensor& expected : expected_tensors(spec)) {
    known.insert(expected.name);
    check_one(expected, checkpoint, problems);
  }
  known.merge(ignored_tensors(spec));
  for (const auto& [name, tensor] : checkpoint.tensors()) {
    if (known.contains(name) || is_tied_copy(spec, checkpoint, tensor)) continue;
    problems.unexpected.push_back(unexpected_text(spec, checkpoint, tensor));
  }
  if (!problems.none()) return problems;
  // What one rank packs side by side must have one dtype.
  for (const ParamPlan& param : make_shard_plan(spec, 0, 1).params) {
    try {
      (void)param_dtype(checkpoint, param);
    } catch (const ModelError& e) {
      problems.wrong.emplace_back(e.what());
    }
  }
  return problems;
}

std::string presence_text(const TensorProblems& problems) {
  std::vector<std::string> kinds;
  if (!problems.missing.empty()) {
    kinds.push_back("missing tensors: " + listed(problems.missing, ", ", kListed));
  }
  if (!problems.unexpected.empty()) {
    kinds.push_back("unexpected tensors: " + listed(problems.unexpected, ", ", kListed));
  }
  return listed(kinds, "; ", kinds.size());
}

std::string wrong_text(const TensorProblems& problems) {
  return listed(problems.wrong, "; ", kListed);
}

void check_tensors(const DecoderSpec& spec, const Checkpoint& checkpoint) {
  const TensorProblems problems = find_tensor_problems(spec, checkpoint);
  if (problems.none()) return;
  std::vector<std::string> texts{presence_text(problems), wrong_text(problems)};
  std::erase(texts, "");
  throw ModelError(listed(texts, "; ", texts.size()));
}

}  // namespace verdict
