// The folder of one run, and the promise that it holds results of one set of inputs.
#pragma once

#include <filesystem>

#include "verdict/core/json.h"

namespace verdict {

// What stands in an inputs.json. Throws SystemError(bad_data) if it is damaged.
[[nodiscard]] Json read_inputs_file(const std::filesystem::path& path);

class RunFolder {
 public:
  // Creates the folder, its journal folder and inputs.json, or finds them as an earlier start left
  // them. `inputs` is an object: a name for every input or option that must not change, with its
  // hash or value. Throws SystemError(usage) naming every input that differs from the earlier
  // start's, SystemError(bad_data) if inputs.json is damaged.
  static RunFolder create_or_resume(const std::filesystem::path& folder, const Json& inputs);
  // For readers. Throws SystemError(usage) if it is no run folder.
  static RunFolder open(const std::filesystem::path& folder);

  [[nodiscard]] bool resumed() const { return resumed_; }
  [[nodiscard]] const Json& inputs() const { return inputs_; }

  [[nodiscard]] const std::filesystem::path& path() const { return folder_; }
  [[nodiscard]] std::filesystem::path inputs_file() const { return folder_ / "inputs.json"; }
  [[nodiscard]] std::filesystem::path state_before() const { return folder_ / "state.before.json"; }
  // What rank 0 made of the inputs: with the journals all that scores and results follow from.
  [[nodiscard]] std::filesystem::path job() const { return folder_ / "job.json"; }
  [[nodiscard]] std::filesystem::path journal() const { return folder_ / "journal"; }
  [[nodiscard]] std::filesystem::path results() const { return folder_ / "results.h5"; }
  [[nodiscard]] std::filesystem::path weights() const { return folder_ / "weights.json"; }
  [[nodiscard]] std::filesystem::path events() const { return folder_ / "events.jsonl"; }
  [[nodiscard]] std::filesystem::path report() const { return folder_ / "report.html"; }

 private:
  RunFolder(std::filesystem::path folder, Json inputs, bool resumed)
      : folder_(std::move(folder)), inputs_(std::move(inputs)), resumed_(resumed) {}
  std::filesystem::path folder_;
  Json inputs_;
  bool resumed_;
};

}  // namespace verdict
