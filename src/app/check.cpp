#include <iostream>
#include <limits>

#include "app/commands.h"
#include "app/submission_rules.h"
#include "verdict/core/json.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

const Competition& find_competition(const CompetitionFile& file, const std::string& wanted) {
  for (const Competition& c : file.competitions) {
    if (c.name == wanted || std::to_string(c.id) == wanted) return c;
  }
  std::string names;
  for (const Competition& c : file.competitions) names += (names.empty() ? "" : ", ") + c.name;
  throw SystemError(ExitCode::usage,
                    file.path.string() + " has no competition '" + wanted + "'; it has " + names);
}

Json to_json(const std::filesystem::path& folder, const SubmissionReport& report) {
  Json checks = Json::array();
  for (const Check& check : report.checks) {
    checks.push_back({{"name", check.name}, {"passed", check.passed}, {"detail", check.detail}});
  }
  return {{"folder", folder.string()},
          {"passed", report.passed()},
          {"reason", report.reason()},
          {"architecture", report.architecture},
          {"parameters", report.parameters},
          {"bytes", report.bytes},
          {"dtype", report.dtype},
          {"content_hash", report.content_hash},
          {"checks", checks}};
}

void print(const std::filesystem::path& folder, const SubmissionReport& report) {
  std::cout << printable(folder.string()) << ": " << (report.passed() ? "passes" : "FAILS") << "\n";
  TextTable table({{"check"}, {"result"}, {"found"}});
  for (const Check& check : report.checks) {
    table.add_row({check.name, check.passed ? "pass" : "FAIL", printable(check.detail)});
  }
  std::cout << table.text(2);
  if (!report.content_hash.empty()) std::cout << "  content hash " << report.content_hash << "\n";
}

}  // namespace

SubmissionRules rules_of(const Competition& competition) {
  return {.architectures = competition.architectures,
          .min_parameters = competition.min_parameters,
          .max_parameters = competition.max_parameters,
          .max_bytes = competition.max_bytes,
          .sequence_length = competition.sequence_length,
          .vocab_size = competition.tokenizer.vocab_size};
}

ExitCode run_check(const CheckOptions& options) {
  const int64_t block = options.block.value_or(std::numeric_limits<int64_t>::max());
  const CompetitionFile file = read_competitions(options.competitions, block);
  const SubmissionRules rules = rules_of(find_competition(file, options.competition));
  bool all_passed = true;
  Json document = Json::array();
  for (const auto& folder : options.folders) {
    const SubmissionReport report =
        check_submission(folder, rules, {.model_root = options.model_root});
    all_passed = all_passed && report.passed();
    if (options.json) {
      document.push_back(to_json(folder, report));
    } else {
      print(folder, report);
    }
  }
  if (options.json) std::cout << document.dump(2) << "\n";
  return all_passed ? ExitCode::ok : ExitCode::bad_data;
}

}  // namespace verdict
