#include "app/publish/publication.h"

#include <algorithm>
#include <utility>

#include "verdict/competition/chain_file.h"
#include "verdict/competition/process_weights.h"
#include "verdict/competition/weights.h"
#include "verdict/consensus/stored_row.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/hash.h"
#include "verdict/results/results_file.h"
#include "verdict/results/run_folder.h"

namespace verdict {
namespace {

constexpr double kU16 = 65535.0;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& rule) {
  throw SystemError(ExitCode::bad_data, file.string() + ": " + rule);
}

// Both files are of one evaluation, and say the same.
void require_one_run(const RunFolder& folder, const PublishedWeights& weights,
                     const ResultsContent& results) {
  const std::string hash = to_hex(sha256(read_text(folder.results())));
  if (hash != weights.results_sha256) {
    refuse(folder.weights(), "key 'results_sha256': expected " + hash + ", that of " +
                                 folder.results().string() + ", found " + weights.results_sha256);
  }
  std::vector<int64_t> in_results(results.subnet_weight_u16.begin(),
                                  results.subnet_weight_u16.end());
  for (size_t i = 0; i < weights.uids.size(); ++i) {
    const int64_t uid = weights.uids[i];
    if (uid < 0 || std::cmp_greater_equal(uid, in_results.size()) ||
        std::exchange(in_results[static_cast<size_t>(uid)], 0) != weights.weights[i]) {
      refuse(folder.weights(), "uid " + std::to_string(uid) + " has another weight than in " +
                                   folder.results().string());
    }
  }
  const auto left = std::ranges::find_if(in_results, [](int64_t v) { return v != 0; });
  if (left != in_results.end()) {
    refuse(folder.weights(), "uid " + std::to_string(left - in_results.begin()) +
                                 " has a weight in " + folder.results().string() +
                                 " and none here");
  }
}

// The limits of B.3, and how many uids share.
struct Limits {
  size_t uids = 0;
  ChainLimits chain{};
};

Limits limits_of(const ChainView& chain, const PublishOptions& options) {
  if (!chain.uids || !chain.min_allowed_weights || !chain.max_weight_limit) {
    throw SystemError(ExitCode::usage,
                      "--conversion process-weights needs 'uids', 'min_allowed_weights' and "
                      "'max_weight_limit' of the chain: --chain CHAIN.json");
  }
  if (*chain.uids == 0) refuse(options.chain, "key 'uids': a subnet without uids takes no weights");
  return {.uids = static_cast<size_t>(*chain.uids),
          .chain = {.min_allowed = static_cast<size_t>(*chain.min_allowed_weights),
                    .max_weight = static_cast<double>(*chain.max_weight_limit) / kU16,
                    .exclude_quantile = options.exclude_quantile / kU16}};
}

void set_processed(const Limits& limits, std::vector<double> shares, Publication& p) {
  // A subnet that has grown since; a uid beyond a smaller one stays and breaks a rule.
  shares.resize(std::max(shares.size(), limits.uids), 0.0);
  const ProcessedWeights processed = process_weights(shares, limits.chain);
  const U16Weights sent = to_u16(processed.uids, processed.weights);
  p.to_set.uids = sent.uids;
  p.to_set.values.assign(sent.values.begin(), sent.values.end());
  for (size_t i = 0; i < processed.uids.size(); ++i) {
    if (std::ranges::find(sent.uids, processed.uids[i]) != sent.uids.end())
      p.shares.push_back(processed.weights[i]);
  }
}

void set_as_in_file(const std::vector<double>& shares, Publication& p) {
  p.to_set.uids = p.file.uids;
  p.to_set.values = p.file.weights;
  for (const int64_t uid : p.file.uids) p.shares.push_back(shares[static_cast<size_t>(uid)]);
}

std::vector<uint16_t> stored_values(const std::vector<int64_t>& values) {
  std::vector<Fixed> fixed;
  for (const int64_t v : values) fixed.push_back(Fixed::whole(static_cast<int32_t>(v)));
  return scale_to_u16(fixed);
}

RunFolder finished_run(const std::filesystem::path& path) {
  RunFolder folder = RunFolder::open(path);
  if (file_exists(folder.results()) && file_exists(folder.weights())) return folder;
  throw SystemError(ExitCode::io, "the run in " + path.string() +
                                      " is not finished: run its verdict evaluate line again to "
                                      "go on");
}

}  // namespace

size_t Publication::count(RuleOutcome outcome) const {
  return static_cast<size_t>(
      std::ranges::count_if(rules, [&](const CheckedRule& r) { return r.outcome == outcome; }));
}

Publication read_publication(const PublishOptions& options) {
  const RunFolder folder = finished_run(options.run);
  Publication p{.file = read_weights(folder.weights()), .conversion = options.conversion};
  const ResultsContent results = read_results(folder.results());
  require_one_run(folder, p.file, results);
  if (!options.chain.empty()) {
    p.chain = read_chain(options.chain);
    p.chain_given = true;
    if (p.chain.netuid != p.file.netuid) {
      refuse(options.chain, "key 'netuid': expected " + std::to_string(p.file.netuid) +
                                ", that of " + folder.weights().string() + ", found " +
                                std::to_string(*p.chain.netuid));
    }
  }
  p.to_set = {.netuid = p.file.netuid, .block = p.file.block, .version_key = p.file.version_key};
  if (options.conversion == "process-weights") {
    set_processed(limits_of(p.chain, options), results.subnet_weight, p);
  } else {
    set_as_in_file(results.subnet_weight, p);
  }
  p.stored = stored_values(p.to_set.values);
  p.rules = preflight(p.to_set, p.chain);
  p.others = compare_with_others(p.to_set, p.chain);
  return p;
}

}  // namespace verdict
