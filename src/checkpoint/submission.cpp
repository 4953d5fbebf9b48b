#include "verdict/checkpoint/submission.h"

#include <algorithm>
#include <set>

#include "checkpoint/text.h"
#include "verdict/checkpoint/architectures.h"
#include "verdict/checkpoint/tensor_check.h"
#include "verdict/core/error.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

constexpr size_t kMaxReason = 4096;  // Bytes.

class Checker {
 public:
  Checker(const std::filesystem::path& folder, const SubmissionRules& rules,
          const SubmissionOptions& options)
      : folder_(folder), rules_(rules), options_(options) {}
  SubmissionReport run();

 private:
  // Runs one check: `body` returns what was found, or throws a ModelError.
  template <typename Body>
  bool check(const std::string& name, Body body) {
    try {
      report_.checks.push_back({.name = name, .passed = true, .detail = body()});
    } catch (const ModelError& e) {
      report_.checks.push_back({.name = name, .passed = false, .detail = e.what()});
    }
    return report_.checks.back().passed;
  }

  std::string open_folder();
  std::string check_size();
  std::string read_config();
  std::string check_architecture();
  std::string read_values();
  std::string check_parameters();
  std::string open_files();
  void check_tensor_list();
  std::string check_vocabulary();
  std::string check_positions();
  void check_weights();

  const std::filesystem::path& folder_;
  const SubmissionRules& rules_;
  const SubmissionOptions& options_;
  std::optional<Checkpoint> checkpoint_{};
  SubmissionReport report_{};
};

std::string Checker::open_folder() {
  (void)ModelFolder::open(folder_, options_.model_root);
  return folder_.string();
}

std::string Checker::check_size() {
  report_.bytes = ModelFolder::open(folder_, options_.model_root).total_bytes();
  const std::string found = std::to_string(report_.bytes) + " bytes";
  if (report_.bytes > rules_.max_bytes) {
    throw ModelError("all files together are " + found + " (" + format_bytes(report_.bytes) +
                     "), at most " + std::to_string(rules_.max_bytes) + " are allowed");
  }
  return found;
}

std::string Checker::read_config() {
  checkpoint_ = Checkpoint::open_config(folder_, options_.model_root);
  return "config.json can be read";
}

std::string Checker::check_architecture() {
  report_.architecture = shortened(checkpoint_->config().architecture());
  const auto& allowed = rules_.architectures;
  const std::string name = checkpoint_->config().architecture();
  if (!allowed.empty() && std::ranges::find(allowed, name) == allowed.end()) {
    throw ModelError(report_.architecture +
                     " is not allowed here; these are: " + listed(allowed, ", ", 100));
  }
  return report_.architecture;
}

std::string Checker::read_values() {
  report_.spec = describe(checkpoint_->config());
  return "every key of config.json is understood";
}

std::string Checker::check_parameters() {
  report_.parameters = parameter_count(*report_.spec);
  const std::string found = std::to_string(report_.parameters);
  if (!allows_parameters(rules_, report_.parameters)) {
    throw ModelError("the model has " + found + " parameters, allowed are " +
                     std::to_string(rules_.min_parameters) + " to " +
                     std::to_string(rules_.max_parameters));
  }
  return found;
}

std::string Checker::open_files() {
  checkpoint_->open_weights();
  report_.spec = describe(*checkpoint_);  // The files decide how some names are spelled.
  std::set<std::string> dtypes;
  for (const ExpectedTensor& expected : expected_tensors(*report_.spec)) {
    const TensorInfo* tensor = checkpoint_->find(expected.name);
    if (tensor != nullptr) dtypes.emplace(name_of(tensor->dtype));
  }
  report_.dtype = listed({dtypes.begin(), dtypes.end()}, ", ", dtypes.size());
  return std::to_string(checkpoint_->tensors().size()) + " tensors, " + report_.dtype;
}

void Checker::check_tensor_list() {
  TensorProblems problems;
  check("tensors", [&]() -> std::string {
    problems = find_tensor_problems(*report_.spec, *checkpoint_);
    const std::string text = presence_text(problems);
    if (!text.empty()) throw ModelError(text);
    return "each once and no other";
  });
  check("shapes", [&]() -> std::string {
    const std::string text = wrong_text(problems);
    if (!text.empty()) throw ModelError(text);
    return "as config.json says";
  });
}

std::string Checker::check_vocabulary() {
  const std::string found = std::to_string(report_.spec->vocab);
  const std::string needed = std::to_string(rules_.vocab_size);
  if (report_.spec->vocab < rules_.vocab_size) {
    throw ModelError("the model's vocabulary has " + found + " tokens, the tokenizer's " + needed);
  }
  return found + " of " + needed + " needed";
}

std::string Checker::check_positions() {
  const int64_t length = rules_.sequence_length;
  if (report_.spec->pos != Position::learned) return "computed for any length";
  const std::string found = std::to_string(report_.spec->max_pos);
  if (report_.spec->max_pos < length) {
    throw ModelError("the model has " + found + " learned positions, a row has " +
                     std::to_string(length) + " tokens");
  }
  return found + " of " + std::to_string(length) + " needed";
}

void Checker::check_weights() {
  // A model that is too large is not looked into any further: only its sizes were read so far.
  if (!check("parameters", [&] { return check_parameters(); })) return;
  if (check("files", [&] { return open_files(); })) check_tensor_list();
  check("vocabulary", [&] { return check_vocabulary(); });
  check("positions", [&] { return check_positions(); });
}

SubmissionReport Checker::run() {
  if (!check("folder", [&] { return open_folder(); })) return std::move(report_);
  check("size", [&] { return check_size(); });
  if (check("config", [&] { return read_config(); }) &&
      check("architecture", [&] { return check_architecture(); }) &&
      check("values", [&] { return read_values(); })) {
    check_weights();
  }
  if (report_.passed()) {
    check("content", [&] {
      report_.content_hash =
          options_.content_hash ? options_.content_hash(*checkpoint_) : checkpoint_->content_hash();
      checkpoint_->verify_unchanged();
      return report_.content_hash;
    });
  }
  return std::move(report_);
}

}  // namespace

bool allows_parameters(const SubmissionRules& rules, int64_t parameters) {
  return rules.min_parameters <= parameters && parameters <= rules.max_parameters;
}

bool SubmissionReport::passed() const {
  return !checks.empty() && std::ranges::all_of(checks, &Check::passed);
}

std::string SubmissionReport::reason() const {
  std::vector<std::string> failures;
  for (const Check& check : checks) {
    if (!check.passed) failures.push_back(check.name + ": " + check.detail);
  }
  return cut(listed(failures, "; ", failures.size()), kMaxReason);
}

SubmissionReport check_submission(const std::filesystem::path& folder, const SubmissionRules& rules,
                                  const SubmissionOptions& options) {
  return Checker(folder, rules, options).run();
}

}  // namespace verdict
