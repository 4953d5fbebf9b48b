#include <algorithm>
#include <map>
#include <span>

#include "app/run/job_file.h"
#include "app/verify/verify.h"
#include "verdict/competition/chain_file.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/json.h"
#include "verdict/results/journal.h"
#include "verdict/results/state_file.h"
#include "verdict/results/weights_file.h"

namespace verdict {
namespace {

constexpr std::string_view kHdf5Signature = "\x89HDF\r\n\x1a\n";

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw SystemError(ExitCode::bad_data, file.string() + ": " + why);
}

// Enough to tell what it is: a shard may be large.
std::string first_bytes(const std::filesystem::path& file) {
  constexpr uint64_t kEnough = 16;
  const FileDescriptor fd = open_for_reading(file);
  std::string start(std::min(kEnough, stamp_of(fd.get()).size), '\0');
  read_exactly(fd.get(), 0, std::as_writable_bytes(std::span(start)), file.string());
  return start;
}

Verification weights_facts(const std::filesystem::path& file) {
  const PublishedWeights w = read_weights(file);
  return {.kind = "weights",
          .facts = {{"block", std::to_string(w.block)},
                    {"netuid", std::to_string(w.netuid)},
                    {"uids with a weight", std::to_string(w.uids.size())},
                    {"competitions", std::to_string(w.competitions.size())},
                    {"results_sha256", w.results_sha256}}};
}

Verification state_facts(const std::filesystem::path& file) {
  const EpochState state = read_state(file).state;
  Verification v{.kind = "state"};
  v.facts = {{"block", state.block ? std::to_string(*state.block) : "none yet"}};
  for (const CompetitionState& c : state.competitions) {
    v.facts.push_back({"competition " + std::to_string(c.id),
                       std::to_string(c.ema.size()) + " averages, " +
                           std::to_string(c.kept.size()) + " models kept"});
  }
  return v;
}

Verification job_facts(const std::filesystem::path& file) {
  const JobRecord record = read_job(file);
  return {.kind = "job",
          .facts = {{"block", std::to_string(record.inputs.candidates.block)},
                    {"candidates", std::to_string(record.admissions.size())},
                    {"models to evaluate", std::to_string(record.job.models.size())}}};
}

std::string validator_of(const ChainView& chain) {
  if (!chain.uid) return "not said";
  return *chain.uid == kNotRegistered ? "not registered" : "uid " + std::to_string(*chain.uid);
}

Verification chain_facts(const std::filesystem::path& file) {
  const ChainView chain = read_chain(file);
  return {.kind = "chain",
          .facts = {{"block", std::to_string(chain.block.value())},
                    {"netuid", std::to_string(chain.netuid.value())},
                    {"uids", chain.uids ? std::to_string(*chain.uids) : "not said"},
                    {"validator", validator_of(chain)}}};
}

}  // namespace

Verification verify_json(const std::filesystem::path& file,
                         const std::filesystem::path& competitions) {
  Json json;
  try {
    json = parse_json(read_text(file), {.bytes = size_t{1} << 30});
  } catch (const FormatError& e) {
    refuse(file, e.what());
  }
  const std::string schema =
      json.is_object() && json.contains("schema") && json["schema"].is_string()
          ? json["schema"].get<std::string>()
          : "";
  if (schema.starts_with("verdict-weights-")) return weights_facts(file);
  if (schema.starts_with("verdict-state-")) return state_facts(file);
  if (schema.starts_with("verdict-job-")) return job_facts(file);
  if (schema.starts_with("verdict-chain-")) return chain_facts(file);
  if (schema.starts_with("verdict-inputs-")) return verify_run_inputs(file);
  if (json.is_object() && json.contains("candidates")) return verify_candidates(file, competitions);
  refuse(file, schema.empty() ? "has no schema: is none of our files"
                              : "schema '" + schema + "' is none of ours");
}

Verification verify_journal(const std::filesystem::path& file) {
  const JournalContent content = read_journal(file);
  if (!content.damaged.empty()) refuse(file, content.damaged.front());
  if (!content.conflicts.empty()) refuse(file, content.conflicts.front());
  if (content.items.empty() && content.events.empty())
    refuse(file, "not one line of it is that of a journal");
  std::map<std::string, int64_t> counts;
  for (const JournalEvent& event : content.events) ++counts[event.name];
  Verification v{.kind = "journal"};
  v.facts.push_back({"items", std::to_string(content.items.size())});
  for (const auto& [name, count] : counts) v.facts.push_back({name, std::to_string(count)});
  for (const std::string& warning : content.warnings) v.facts.push_back({"note", warning});
  return v;
}

Verification verify_file(const std::filesystem::path& file,
                         const std::filesystem::path& competitions) {
  const std::string start = first_bytes(file);
  if (start.starts_with(kHdf5Signature)) {
    const Hdf5Group root = Hdf5File::open(file).root();
    if (root.has_attribute("format")) return verify_shard(file);
    if (root.has_attribute("Conventions")) return verify_results(file);
    refuse(file,
           "is HDF5, but neither a token shard (attribute 'format') nor results "
           "(attribute 'Conventions')");
  }
  if (file.filename() == "events.jsonl") return verify_events(file);
  if (file.extension() == ".jsonl") return verify_journal(file);
  if (file.extension() == ".toml") return verify_competitions(file);
  if (start.starts_with("{")) return verify_json(file, competitions);
  refuse(file, "is none of our files: neither HDF5 nor JSON nor TOML");
}

}  // namespace verdict
