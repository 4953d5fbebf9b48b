#include <map>
#include <numeric>

#include "app/verify/verify.h"
#include "verdict/core/error.h"
#include "verdict/data/token_shard.h"
#include "verdict/hdf5/file.h"
#include "verdict/results/results_file.h"

namespace verdict {
namespace {

// "web 12, code 3": how many rows are of each name; nothing if the shard does not say.
std::string rows_by_name(const Hdf5Group& root, const std::string& what, int64_t rows) {
  if (!root.has(what)) return "";
  const Hdf5Dataset numbers_of = root.dataset(what);
  const auto numbers = numbers_of.read<uint32_t>();
  const auto names = root.dataset(what + "_name").read<std::string>();
  if (static_cast<int64_t>(numbers.size()) != rows) {
    throw SystemError(ExitCode::bad_data, numbers_of.place() + ": expected " +
                                              std::to_string(rows) + " entries, found " +
                                              std::to_string(numbers.size()));
  }
  std::map<uint32_t, int64_t> counts;
  for (const uint32_t n : numbers) ++counts[n];
  std::string text;
  for (const auto& [number, count] : counts) {
    if (number >= names.size()) {
      throw SystemError(ExitCode::bad_data, numbers_of.place() + ": expected numbers below " +
                                                std::to_string(names.size()) + ", found " +
                                                std::to_string(number));
    }
    text += (text.empty() ? "" : ", ") + names[number] + " " + std::to_string(count);
  }
  return text;
}

}  // namespace

Verification verify_shard(const std::filesystem::path& file) {
  const TokenShard shard = TokenShard::open(file);
  verify_shard_content(shard);
  const ShardHeader& h = shard.header();
  const auto bytes = shard.n_bytes();
  const auto total = std::accumulate(bytes.begin(), bytes.end(), uint64_t{0});
  Verification v{.kind = "token shard",
                 .facts = {{"rows", std::to_string(h.rows)},
                           {"tokens per row", std::to_string(h.length)},
                           {"tokenizer", h.tokenizer},
                           {"vocabulary", std::to_string(h.vocab_size)},
                           {"EOS", std::to_string(h.eos_id)},
                           {"text", std::to_string(total) + " bytes"},
                           {"source", h.source},
                           {"SHA-256 of the tokens, as found", h.sha256}}};
  const Hdf5Group root = Hdf5File::open(file).root();
  for (const std::string what : {"domain", "source"}) {
    const std::string counted = rows_by_name(root, what, h.rows);
    if (!counted.empty()) v.facts.push_back({"rows by " + what, counted});
  }
  return v;
}

Verification verify_results(const std::filesystem::path& file) {
  const ResultsContent content = read_results(file);
  Verification v{.kind = "results"};
  v.facts = {{"block", std::to_string(content.block)},
             {"rules", content.rules},
             {"candidates", std::to_string(content.candidates.size())}};
  for (const CompetitionResult& c : content.competitions) {
    v.facts.push_back({"competition " + c.name,
                       std::to_string(c.models.size()) + " models, " +
                           std::to_string(c.tasks.size()) + " tasks, winner " +
                           (c.winner_uid ? "uid " + std::to_string(*c.winner_uid) : "none")});
  }
  return v;
}

}  // namespace verdict
