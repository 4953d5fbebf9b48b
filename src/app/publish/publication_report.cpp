#include "app/publish/publication_report.h"

#include "verdict/core/table.h"

namespace verdict {
namespace {

constexpr int kShareDecimals = 6;

std::string outcome_name(RuleOutcome outcome) {
  switch (outcome) {
    case RuleOutcome::kept:
      return "kept";
    case RuleOutcome::broken:
      return "broken";
    case RuleOutcome::not_checked:
      return "not checked";
  }
  return "";
}

std::string weights_table(const Publication& p) {
  using enum TextTable::Align;
  TextTable table(
      {{"uid", right}, {"share", right}, {"weight sent", right}, {"stored on chain", right}});
  for (size_t i = 0; i < p.to_set.uids.size(); ++i) {
    table.add_row({std::to_string(p.to_set.uids[i]), format_fixed(p.shares[i], kShareDecimals),
                   std::to_string(p.to_set.values[i]), std::to_string(p.stored[i])});
  }
  return table.text(2);
}

std::string rules_table(const Publication& p) {
  TextTable table({{"rule"}, {"outcome"}, {"found"}});
  for (const CheckedRule& r : p.rules) table.add_row({r.rule, outcome_name(r.outcome), r.words});
  return table.text(2);
}

std::string counted(size_t n) { return std::to_string(n) + (n == 1 ? " rule" : " rules"); }

std::string verdict_on(const Publication& p) {
  const size_t broken = p.count(RuleOutcome::broken);
  const size_t open = p.count(RuleOutcome::not_checked);
  std::string text = broken > 0 ? "the chain would refuse these weights: " + counted(broken) +
                                      " of " + std::to_string(p.rules.size()) + " broken"
                                : "no rule is broken";
  if (open > 0) {
    text += "; " + counted(open) + " not checked" +
            (p.chain_given ? "" : ": --chain CHAIN.json, which launch/chain.py writes");
  }
  return text + "\n";
}

}  // namespace

Json publication_json(const Publication& p) {
  Json rules = Json::array();
  for (const CheckedRule& r : p.rules)
    rules.push_back({{"rule", r.rule}, {"outcome", outcome_name(r.outcome)}, {"found", r.words}});
  Json shares = Json::array();
  for (const double s : p.shares) shares.push_back(json_number(s));
  return {{"netuid", p.to_set.netuid},
          {"mechanism", p.chain.mechanism},
          {"block", p.to_set.block},
          {"chain_block", p.chain.block ? Json(*p.chain.block) : Json(nullptr)},
          {"version_key", p.to_set.version_key},
          {"results_sha256", p.file.results_sha256},
          {"conversion", p.conversion},
          {"uids", p.to_set.uids},
          {"weights", p.to_set.values},
          {"shares", shares},
          {"stored", p.stored},
          {"rules", rules},
          {"broken", p.count(RuleOutcome::broken)},
          {"not_checked", p.count(RuleOutcome::not_checked)},
          {"others", others_json(p.others)}};
}

std::string publication_tables(const Publication& p) {
  std::string text = "subnet " + std::to_string(p.to_set.netuid) + ", evaluated at block " +
                     std::to_string(p.to_set.block) + ", version key " +
                     std::to_string(p.to_set.version_key) + ", conversion " + p.conversion + "\n";
  text += p.to_set.uids.empty() ? "  nobody is paid: no weights\n" : weights_table(p);
  text += p.chain_given && p.chain.block
              ? "\nrules of the chain at block " + std::to_string(*p.chain.block) + "\n"
              : "\nrules of the chain\n";
  return text + rules_table(p) + verdict_on(p) + others_text(p.others);
}

}  // namespace verdict
