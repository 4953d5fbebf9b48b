#include "app/doctor/diagnosis.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace verdict {

std::string number_list(std::vector<int64_t> numbers) {
  std::ranges::sort(numbers);
  std::string text;
  for (size_t i = 0; i < numbers.size();) {
    size_t end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    text += (text.empty() ? "" : ", ") + std::to_string(numbers[i]);
    if (end - i > 1) text += "-" + std::to_string(numbers[end - 1]);
    i = end;
  }
  return text;
}

std::string who(const std::vector<const RankFacts*>& ranks) {
  std::vector<int64_t> numbers;
  std::vector<std::string> hosts;
  for (const RankFacts* r : ranks) {
    numbers.push_back(r->rank);
    if (std::ranges::find(hosts, r->host) == hosts.end()) hosts.push_back(r->host);
  }
  std::string text = (numbers.size() == 1 ? "rank " : "ranks ") + number_list(numbers) + " on ";
  for (size_t h = 0; h < hosts.size(); ++h) text += (h == 0 ? "" : ", ") + hosts[h];
  return text;
}

std::vector<std::vector<const RankFacts*>> by_node(const std::vector<RankFacts>& ranks) {
  std::map<int64_t, std::vector<const RankFacts*>> nodes;
  for (const RankFacts& r : ranks) nodes[r.node].push_back(&r);
  std::vector<std::vector<const RankFacts*>> all;
  for (auto& [node, members] : nodes) all.push_back(std::move(members));
  return all;
}

std::vector<Finding> diagnose(const Asked& asked, const std::vector<RankFacts>& ranks) {
  std::vector<Finding> all;
  const auto take = [&all](std::vector<Finding> more) {
    std::ranges::move(more, std::back_inserter(all));
  };
  take(diagnose_launch(ranks));
  take(diagnose_cpus(asked, ranks));
  take(diagnose_memory(ranks));
  take(diagnose_environment(ranks));
  take(diagnose_gpus(asked, ranks));
  take(diagnose_out(ranks));
  take(diagnose_models(ranks));
  return all;
}

ExitCode exit_code_of(const std::vector<Finding>& findings) {
  ExitCode code = ExitCode::ok;
  for (const Finding& f : findings) {
    if (f.level == Level::fault && (code == ExitCode::ok || f.code < code)) code = f.code;
  }
  return code;
}

}  // namespace verdict
