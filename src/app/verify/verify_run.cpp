#include <algorithm>
#include <bit>

#include "app/merge/parts.h"
#include "app/merge/rebuild.h"
#include "app/run/publish.h"
#include "app/run/run_description.h"
#include "app/verify/verify.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/hash.h"
#include "verdict/results/differences.h"
#include "verdict/results/results_file.h"
#include "verdict/results/tables.h"
#include "verdict/results/weights_file.h"

namespace verdict {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw SystemError(ExitCode::bad_data, file.string() + ": " + why);
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return std::ranges::equal(a, b, [](double x, double y) {
    return std::bit_cast<uint64_t>(x) == std::bit_cast<uint64_t>(y);
  });
}

void require_same_rows(const std::filesystem::path& file, const CompetitionResult& found,
                       const CompetitionResult& expected) {
  for (size_t t = 0; t < expected.tasks.size(); ++t) {
    for (size_t m = 0; m < expected.models.size(); ++m) {
      if (t < found.tasks.size() && m < found.tasks[t].nll_sum_nat.size() &&
          same_bits(found.tasks[t].nll_sum_nat[m], expected.tasks[t].nll_sum_nat[m])) {
        continue;
      }
      refuse(file, "competition " + expected.name + ", task " + expected.tasks[t].name +
                       ", model " + model_label(expected.models[m].uid, expected.models[m].repo) +
                       ": its losses are not those of the journals");
    }
  }
}

// Tables and losses, bit for bit.
void require_follows(const std::filesystem::path& file, const ResultsContent& expected) {
  const ResultsContent found = read_results(file);
  const auto different = differences(inspect_json(expected), inspect_json(found));
  if (!different.empty()) {
    refuse(file, "is not what follows from the journals: " + different.front().name + " is " +
                     different.front().second + ", the journals give " + different.front().first);
  }
  for (size_t c = 0; c < expected.competitions.size(); ++c)
    require_same_rows(file, found.competitions[c], expected.competitions[c]);
}

void require_weights(const RunFolder& folder, PublishedWeights expected) {
  const std::string hash = to_hex(sha256(read_text(folder.results())));
  const PublishedWeights found = read_weights(folder.weights());
  if (found.results_sha256 != hash) {
    refuse(folder.weights(),
           "is of results with the SHA-256 " + found.results_sha256 + ", results.h5 has " + hash);
  }
  expected.results_sha256 = hash;
  if (weights_text(expected) != weights_text(found))
    refuse(folder.weights(), "is not what follows from the journals");
}

// inputs.json has no checksum, but job.json has, and holds what was hashed.
void require_inputs(const RunFolder& run, const JobRecord& record) {
  static_cast<void>(verify_run_inputs(run.inputs_file()));
  Json expected = hashes_of_inputs(record.inputs, record.job);
  Json numerics = Json::array();
  for (const JobCompetition& c : record.job.competitions)
    numerics.push_back(parse_json(c.fingerprint));
  expected["options"] = run.inputs()["options"];  // Half of them stand nowhere else.
  expected["options"]["numerics"] = numerics;
  const auto different = differences(expected, run.inputs());
  if (different.empty()) return;
  refuse(run.inputs_file(), different.front().name + " is " + different.front().second +
                                ", job.json says " + different.front().first);
}

}  // namespace

Verification verify_run(const std::filesystem::path& folder) {
  std::vector<Part> parts = open_parts({folder});
  const RunFolder& run = parts.front().folder;
  const JobRecord& record = parts.front().record;
  if (!parts.front().journal.damaged.empty())
    throw SystemError(ExitCode::bad_data, parts.front().journal.damaged.front());
  require_inputs(run, record);
  const JournalContent journal = all_items(parts);
  const Rebuilt rebuilt = rebuild(parts, record, journal);
  Verification v{.kind = "run folder"};
  v.facts = {{"candidates", std::to_string(record.admissions.size())},
             {"journals", std::to_string(journal_files(run.journal()).size())},
             {"items", std::to_string(journal.items.size())}};
  for (const std::string& missing : rebuilt.missing) v.facts.push_back({"not done yet", missing});
  if (!file_exists(run.results())) {
    v.facts.push_back({"results.h5", "not written yet"});
    return v;
  }
  if (!rebuilt.missing.empty()) refuse(run.results(), "is there, and " + rebuilt.missing.front());
  const Verdict verdict =
      reach_verdict(record.inputs, outcomes_of(record.admissions, record.job, rebuilt.table),
                    record.job, rebuilt.table, record.inputs.before);
  require_follows(run.results(), verdict.content);
  require_weights(run, verdict.weights);
  v.facts.push_back({"results.h5, weights.json", "follow from the journals, bit for bit"});
  return v;
}

}  // namespace verdict
