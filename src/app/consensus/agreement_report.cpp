#include "app/consensus/agreement_report.h"

#include "app/consensus/epoch_tables.h"
#include "app/consensus/winner_votes.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

std::string percent(double share) { return format_fixed(100 * share, 1) + " %"; }

std::string names(const OperatorsInput& input, const std::vector<size_t>& operators) {
  std::string text;
  for (const size_t i : operators)
    text += (text.empty() ? "" : ", ") + printable(input.operators.all[i].name);
  return text;
}

double majority_share(const Agreement& agreement) {
  double share = 0;
  for (const size_t i : agreement.majority) share += to_double(agreement.operators[i].stake_share);
  return share;
}

// What joining the majority would add; negative where the operator is better off alone.
int64_t cost(const OperatorOutcome& o) {
  return static_cast<int64_t>(o.earns_with_majority - o.earns);
}

bool has_file(const OperatorsInput& input, size_t i) {
  return !input.operators.all[i].weights_file.empty();
}

std::string which_weights(const OperatorsInput& input, const Agreement& agreement, size_t i) {
  if (!has_file(input, i)) return "none set";
  return agreement.operators[i].with_majority ? "the majority's" : "others";
}

std::string operator_table(const OperatorsInput& input, const Agreement& agreement) {
  using enum TextTable::Align;
  TextTable table({{"operator"},
                   {"uid", right},
                   {"stake share", right},
                   {"block", right},
                   {"weights"},
                   {"trust", right},
                   {"earns [unit]", right},
                   {"with the majority's weights [unit]", right},
                   {"disagreeing costs [unit]", right},
                   {"if all agreed [unit]", right}});
  for (size_t i = 0; i < agreement.operators.size(); ++i) {
    const Operator& op = input.operators.all[i];
    const OperatorOutcome& o = agreement.operators[i];
    table.add_row(
        {printable(op.name), std::to_string(op.uid), format_fixed(to_double(o.stake_share), 4),
         has_file(input, i) ? std::to_string(input.published[i].block) : "–",
         which_weights(input, agreement, i), format_fixed(to_double(o.validator_trust), 4),
         std::to_string(o.earns), std::to_string(o.earns_with_majority), std::to_string(cost(o)),
         std::to_string(o.earns_if_all_agreed)});
  }
  return table.text(2);
}

std::string who(const WinnerVote& vote) {
  return vote.winner ? std::to_string(vote.winner->uid) + ":" + printable(vote.winner->repo)
                     : "no winner";
}

std::string vote_lines(const OperatorsInput& input, const CompetitionVotes& c) {
  std::string text = "competition " + std::to_string(c.id) + " " + printable(c.name) + ": " +
                     (c.votes.size() == 1 ? "one winner" : "they name different winners") + "\n";
  for (const WinnerVote& vote : c.votes) {
    text += "  " + who(vote) + " by " + percent(vote.stake_share) + " of the stake (" +
            names(input, vote.operators) + ")" +
            (vote.too_close_to_call ? ", too close to call" : "") + "\n";
  }
  return text;
}

std::string miner_table(const Agreement& agreement) {
  using enum TextTable::Align;
  const EpochResult& r = agreement.result;
  TextTable table({{"miner uid", right}, {"incentive", right}, {"earns [unit]", right}});
  bool any = false;
  for (size_t uid = 0; uid < r.server_emission.size(); ++uid) {
    if (r.server_emission[uid] == 0) continue;
    any = true;
    table.add_row({std::to_string(uid), format_fixed(to_double(r.incentive[uid]), 4),
                   std::to_string(r.server_emission[uid])});
  }
  if (any) return table.text(2);
  return "  no weight has the support of the majority: no miner earns, and stake alone is paid\n";
}

Json vote_json(const OperatorsInput& input, const WinnerVote& vote) {
  Json who_named = Json::array();
  for (const size_t i : vote.operators) who_named.push_back(input.operators.all[i].name);
  Json json{{"uid", nullptr}, {"hotkey", nullptr}, {"repo", nullptr}, {"commit", nullptr}};
  if (vote.winner) {
    json = {{"uid", vote.winner->uid},
            {"hotkey", vote.winner->hotkey},
            {"repo", vote.winner->repo},
            {"commit", vote.winner->commit}};
  }
  json["stake_share"] = vote.stake_share;
  json["operators"] = who_named;
  json["too_close_to_call"] = vote.too_close_to_call;
  return json;
}

Json operator_json(const OperatorsInput& input, const Agreement& agreement, size_t i) {
  const Operator& op = input.operators.all[i];
  const OperatorOutcome& o = agreement.operators[i];
  return {{"name", op.name},
          {"uid", op.uid},
          {"stake", op.stake},
          {"stake_share", to_double(o.stake_share)},
          {"block", has_file(input, i) ? Json(input.published[i].block) : Json(nullptr)},
          {"with_majority", o.with_majority},
          {"validator_trust", to_double(o.validator_trust)},
          {"earns", o.earns},
          {"earns_with_majority", o.earns_with_majority},
          {"cost", cost(o)},
          {"earns_if_all_agreed", o.earns_if_all_agreed}};
}

}  // namespace

std::string agreement_tables(const OperatorsInput& input, const Agreement& agreement) {
  std::string text =
      std::to_string(input.operators.all.size()) + " operators of subnet " +
      std::to_string(input.netuid) + ", emission " + std::to_string(input.operators.emission) +
      " of the smallest unit: " + (agreement.all_agree ? "they agree" : "they DISAGREE") + "\n";
  if (!agreement.all_agree) {
    text += percent(majority_share(agreement)) + " of the stake has the same weights (" +
            names(input, agreement.majority) + ")\n";
  }
  text += operator_table(input, agreement);
  for (const CompetitionVotes& c : count_votes(input, agreement)) text += vote_lines(input, c);
  text += "miners\n" + miner_table(agreement);
  text +=
      "  (one epoch without earlier bonds, in which all are active; amounts before the owner's "
      "cut)\n";
  return text;
}

Json agreement_json(const OperatorsInput& input, const Agreement& agreement) {
  Json operators = Json::array();
  for (size_t i = 0; i < agreement.operators.size(); ++i)
    operators.push_back(operator_json(input, agreement, i));
  Json competitions = Json::array();
  for (const CompetitionVotes& c : count_votes(input, agreement)) {
    Json winners = Json::array();
    for (const WinnerVote& vote : c.votes) winners.push_back(vote_json(input, vote));
    competitions.push_back(
        {{"id", c.id}, {"name", c.name}, {"agree", c.votes.size() == 1}, {"winners", winners}});
  }
  Json majority = Json::array();
  for (const size_t i : agreement.majority) majority.push_back(input.operators.all[i].name);
  Json miners = Json::object();
  for (size_t uid = 0; uid < agreement.result.server_emission.size(); ++uid) {
    const uint64_t earns = agreement.result.server_emission[uid];
    if (earns > 0) miners[std::to_string(uid)] = earns;
  }
  return {{"netuid", input.netuid},
          {"emission", input.operators.emission},
          {"agree", agreement.all_agree},
          {"majority", majority},
          {"majority_stake_share", majority_share(agreement)},
          {"operators", operators},
          {"competitions", competitions},
          {"miners", miners}};
}

}  // namespace verdict
