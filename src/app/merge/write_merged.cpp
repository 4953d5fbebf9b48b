#include "app/merge/write_merged.h"

#include <chrono>

#include "app/run/events.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/hash.h"
#include "verdict/results/run_lock.h"

namespace verdict {
namespace {

constexpr std::chrono::seconds kLockPatience{15};

// Names are those of rank and start; two nodes may have had the same rank in the same microsecond.
std::filesystem::path unused_name(const std::filesystem::path& wanted, const std::string& text) {
  std::filesystem::path path = wanted;
  for (int n = 2; file_exists(path) && read_text(path) != text; ++n) {
    path = wanted.parent_path() / (wanted.stem().string() + "-" + std::to_string(n) + ".jsonl");
  }
  return path;
}

void copy_journals(const std::vector<Part>& parts, const std::filesystem::path& into) {
  for (const Part& part : parts) {
    for (const auto& path : journal_files(part.folder.journal())) {
      const std::string text = read_text(path);
      const std::filesystem::path copy = unused_name(into / path.filename(), text);
      if (!file_exists(copy)) write_atomically(copy, text);
    }
  }
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw SystemError(ExitCode::cannot_write,
                      "cannot create " + folder.string() + ": " + error.message());
  }
}

}  // namespace

Json merged_inputs(const std::vector<Part>& parts, const Merged& merged) {
  Json inputs = parts.front().folder.inputs();
  inputs["candidates"] = to_hex(sha256(merged.record.inputs.candidates.text));
  inputs["models"] = Json::object();
  for (size_t i = 0; i < merged.record.admissions.size(); ++i) {
    const Admission& a = merged.record.admissions[i];
    if (a.status != Status::ok) continue;
    inputs["models"][std::to_string(merged.record.inputs.candidates.candidates[i].uid)] =
        a.content_hash;
  }
  inputs["options"]["state"] = merged.state_before.empty() ? "none" : "used";
  return inputs;
}

void write_merged(const MergeOptions& options, const std::vector<Part>& parts, Merged& merged) {
  make_folder(options.out);
  const Json inputs = merged_inputs(parts, merged);
  if (file_exists(options.out / "inputs.json")) {
    static_cast<void>(RunFolder::create_or_resume(options.out, inputs));
  }
  const RunLock lock(options.out, kLockPatience);
  const RunFolder folder = RunFolder::create_or_resume(options.out, inputs);
  EventLog events(folder.events());
  Json names = Json::array();
  for (const Part& part : parts) names.push_back(part.folder.path().string());
  events.write("merge", {{"runs", names}});
  write_atomically(folder.job(), job_text(merged.record));
  copy_journals(parts, folder.journal());
  if (!merged.state_before.empty()) write_atomically(folder.state_before(), merged.state_before);
  write_verdict(folder, merged.verdict);
  if (!options.state.empty()) {
    replace_state(options.state, merged.state_before, state_text(merged.verdict.state));
  }
  events.write("finished", {{"results_sha256", merged.verdict.weights.results_sha256}});
}

}  // namespace verdict
