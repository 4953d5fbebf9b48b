// Every check of a submission that needs no forward pass (scoring.md A.6.2 and E).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "verdict/checkpoint/checkpoint.h"
#include "verdict/checkpoint/decoder_spec.h"

namespace verdict {

// What a competition asks of a submission.
struct SubmissionRules {
  std::vector<std::string> architectures{};  // Exact class names; empty: all that are implemented.
  int64_t min_parameters = 0;                // Inclusive.
  int64_t max_parameters = std::numeric_limits<int64_t>::max();
  uint64_t max_bytes = std::numeric_limits<uint64_t>::max();  // All files of the submission.
  int64_t sequence_length = 0;
  int64_t vocab_size = 0;  // Of the tokenizer: the model's vocabulary must not be smaller.
};

// Both bounds included.
[[nodiscard]] bool allows_parameters(const SubmissionRules& rules, int64_t parameters);

struct SubmissionOptions {
  std::filesystem::path model_root{};  // See ModelFolder::open.
  // Where the content hash comes from, e.g. a cache; empty: Checkpoint::content_hash.
  std::function<std::string(const Checkpoint&)> content_hash{};
};

struct Check {
  std::string name{};
  bool passed = false;
  std::string detail{};  // What was found; if it failed, a sentence without a full stop.
};

struct SubmissionReport {
  std::vector<Check> checks{};  // In order; checks that need what failed before them are left out.
  std::optional<DecoderSpec> spec{};
  std::string architecture{};
  int64_t parameters = 0;
  uint64_t bytes = 0;          // All files of the submission.
  std::string dtype{};         // Of the weights: "BF16", or "BF16, F32" if they differ.
  std::string content_hash{};  // Only if all checks passed: it reads every byte.
  [[nodiscard]] bool passed() const;
  // The failures in one sentence, cut to 4,096 bytes (a model's names may be long and many); empty
  // if there are none.
  [[nodiscard]] std::string reason() const;
};

// In this order: folder, size, config, architecture, values, parameters, files, tensors,
// shapes, vocabulary, positions. A bad submission is a failed check and never an
// exception; SystemError only if the machine is to blame.
[[nodiscard]] SubmissionReport check_submission(const std::filesystem::path& folder,
                                                const SubmissionRules& rules,
                                                const SubmissionOptions& options = {});

}  // namespace verdict
