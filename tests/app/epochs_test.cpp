// Fifty epochs of two competitions, with candidates that come, go, fail and re-register, against a
// bookkeeping of its own: no function of the program but the one under test, and its state files.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "app/score/measurements.h"
#include "app/score/past.h"
#include "verdict/core/python_random.h"

namespace verdict {
namespace {

constexpr int64_t kUids = 12;
constexpr int kEpochs = 50;
constexpr double kEpsilon = 0.01;
constexpr int64_t kFirstBlock = 10'000;

constexpr const char* kCompetition = R"(
parameters = [0, 1]
max_bytes = 1
sequence_length = 2
tokenizer = { name = "t", vocab_size = 2, eos_id = 0 }
epsilon = { kind = "fixed", value = 0.01 }
payout = "winner"
[[competition.task]]
name = "t"
method = "text_loss"
data = ["*.h5"]
weight = 1.0
rows = 3
)";

CompetitionFile two_competitions() {
  const std::string text = std::string("uids = 12\nnetuid = 1\nversion_key = 0\n") +
                           "[[competition]]\nid = 1\nname = \"a\"\nreward = 0.3\n" + kCompetition +
                           "[[competition]]\nid = 2\nname = \"b\"\nreward = 0.5\n" + kCompetition;
  return parse_competitions(text, "test.toml", kFirstBlock);
}

// A subnet at one epoch.
struct World {
  std::vector<std::string> hotkeys{};  // By uid.
  std::vector<int64_t> competition{};
  std::vector<int64_t> block{};
  int64_t next_hotkey = 0;

  explicit World(PythonRandom& random) {
    for (int64_t uid = 0; uid < kUids; ++uid) {
      hotkeys.emplace_back();
      competition.push_back(0);
      block.push_back(0);
      register_at(uid, kFirstBlock, random);
    }
  }
  void register_at(int64_t uid, int64_t now, PythonRandom& random) {
    const auto u = static_cast<size_t>(uid);
    hotkeys[u] = "hotkey-" + std::to_string(next_hotkey++);
    competition[u] = 1 + static_cast<int64_t>(random.below(2));
    block[u] = now - static_cast<int64_t>(random.below(3));
  }
};

struct Epoch {
  CandidatesFile file{};
  Measurements measured{};
};

void add_candidate(const World& world, int64_t uid, Status status, std::vector<double> nll,
                   Epoch& epoch) {
  const auto u = static_cast<size_t>(uid);
  epoch.file.candidates.push_back({.uid = uid,
                                   .hotkey = world.hotkeys[u],
                                   .repo = "ns/m",
                                   .commit = "c",
                                   .competition = world.competition[u],
                                   .block = world.block[u]});
  epoch.measured.candidates.push_back({.uid = uid,
                                       .hotkey = world.hotkeys[u],
                                       .repo = "ns/m",
                                       .commit = "c",
                                       .competition = world.competition[u],
                                       .block = world.block[u],
                                       .status = status});
  auto& competition = epoch.measured.competitions[static_cast<size_t>(world.competition[u] - 1)];
  competition.tasks.front().nll_sum_nat.push_back(std::move(nll));
}

Epoch random_epoch(const World& world, int64_t block, PythonRandom& random) {
  Epoch epoch;
  epoch.file.block = block;
  epoch.file.block_hash = "0x" + std::to_string(block);
  epoch.file.hotkeys.emplace();
  for (int c = 0; c < 2; ++c) {
    epoch.measured.competitions.push_back({.tasks = {{.name = "t",
                                                      .tokens = {1, 1, 1},
                                                      .row = {0, 1, 2},
                                                      .shard = {0, 0, 0},
                                                      .row_hash = {1, 2, 3}}}});
  }
  for (int64_t uid = 0; uid < kUids; ++uid) {
    epoch.file.hotkeys->emplace(uid, world.hotkeys[static_cast<size_t>(uid)]);
    if (random.below(3) == 0) continue;
    // Nobody has a score in the first epoch: no average begins there.
    const bool failed = block == kFirstBlock || random.below(6) == 0;
    std::vector<double> nll;
    for (int row = 0; row < 3; ++row)
      nll.push_back(failed ? std::nan("") : 2.0 + static_cast<double>(random.below(100)) / 1000.0);
    add_candidate(world, uid, failed ? Status::non_finite : Status::ok, nll, epoch);
  }
  return epoch;
}

struct Scored {
  int64_t uid = 0;
  int64_t block = 0;
  double score = 0.0;
};

// The hardened rules, written down once more.
std::optional<int64_t> oracle_winner(const std::vector<Scored>& all) {
  const auto earlier = [](const Scored& a, const Scored& b) {
    return a.block < b.block || (a.block == b.block && a.uid < b.uid);
  };
  std::vector<Scored> in;
  for (const Scored& a : all) {
    bool stays = true;
    for (const Scored& b : all)
      stays = stays && (!earlier(b, a) || a.score < b.score * (1.0 - kEpsilon));
    if (stays) in.push_back(a);
  }
  std::optional<Scored> best;
  int most = -1;
  for (const Scored& a : in) {
    int wins = 0;
    for (const Scored& b : in) {
      const double ours = a.block < b.block ? a.score * (1.0 - kEpsilon) : a.score;
      const double theirs = b.block < a.block ? b.score * (1.0 - kEpsilon) : b.score;
      wins += ours < theirs ? 1 : 0;
    }
    const bool better = !best || wins > most || (wins == most && a.score < best->score) ||
                        (wins == most && a.score == best->score && earlier(a, *best));
    if (!better) continue;
    best = a;
    most = wins;
  }
  return best ? std::optional(best->uid) : std::nullopt;
}

// Per competition: the average of each hotkey, and where it sat when it was paid.
class Oracle {
 public:
  std::vector<double> pay(const Epoch& epoch) {
    for (int64_t c = 1; c <= 2; ++c) {
      auto& average = averages_[c];
      std::erase_if(average, [&](const auto& entry) {
        return epoch.file.hotkeys->at(entry.first.second) != entry.first.first;
      });
      const std::optional<int64_t> winner = oracle_winner(scored(epoch, c));
      if (!winner) continue;
      const double step = seen_.insert(c).second ? 1.0 : 0.5;
      for (auto& [seat, weight] : average) weight *= 1.0 - step;
      average[{epoch.file.hotkeys->at(*winner), *winner}] += step;
    }
    return subnet();
  }

 private:
  static std::vector<Scored> scored(const Epoch& epoch, int64_t competition) {
    std::vector<Scored> all;
    size_t row = 0;
    const auto& nll =
        epoch.measured.competitions[static_cast<size_t>(competition - 1)].tasks[0].nll_sum_nat;
    for (const CandidateResult& c : epoch.measured.candidates) {
      if (c.competition != competition) continue;
      const std::vector<double>& rows = nll[row++];
      if (c.status == Status::ok)
        all.push_back({c.uid, c.block, (rows[0] + rows[1] + rows[2]) / 3.0});
    }
    return all;
  }
  std::vector<double> subnet() {
    std::vector<double> sum(kUids, 0.0);
    double total = 0.0;
    for (const auto& [c, average] : averages_) {
      for (const auto& [seat, weight] : average) {
        sum[static_cast<size_t>(seat.second)] += weight * (c == 1 ? 0.3 : 0.5);
        total += weight * (c == 1 ? 0.3 : 0.5);
      }
    }
    for (double& x : sum) x = total > 0.0 ? x / total : 0.0;
    return sum;
  }
  std::map<int64_t, std::map<std::pair<std::string, int64_t>, double>> averages_{};
  std::set<int64_t> seen_{};
};

TEST(Epochs, FiftyOfThemEqualABookkeepingOfTheirOwn) {
  PythonRandom random = PythonRandom::from_decimal("2024");
  const CompetitionFile competitions = two_competitions();
  World world(random);
  Oracle oracle;
  std::string state = state_text({});
  int paid = 0;
  for (int e = 0; e < kEpochs; ++e) {
    SCOPED_TRACE("epoch " + std::to_string(e));
    const int64_t block = kFirstBlock + 100 * e;
    for (int64_t uid = 0; uid < kUids; ++uid) {
      if (e > 0 && random.below(10) == 0) world.register_at(uid, block, random);
    }
    const Epoch epoch = random_epoch(world, block, random);
    const EpochState before = parse_state(state);
    const Terms terms{
        .competitions = competitions, .candidates = epoch.file, .before = before, .block = block};
    const Verdict verdict = reach_verdict(terms, epoch.measured);
    // Killed before the state was replaced, and started again: the same, byte for byte.
    EXPECT_EQ(state_text(reach_verdict(terms, epoch.measured).state), state_text(verdict.state));
    const std::vector<double> expected = oracle.pay(epoch);
    for (size_t uid = 0; uid < expected.size(); ++uid)
      EXPECT_NEAR(verdict.content.subnet_weight[uid], expected[uid], 1e-12) << "uid " << uid;
    paid += verdict.weights.uids.empty() ? 0 : 1;
    for (const CompetitionState& c : verdict.state.competitions) EXPECT_LE(c.kept.size(), 5U);
    state = state_text(verdict.state);
  }
  EXPECT_GT(paid, kEpochs - 3);
}

TEST(Past, ASubmissionThatKeepsFailingWaitsLongerEachTimeAndAnotherOneDoesNot) {
  PythonRandom random = PythonRandom::from_decimal("1");
  const CompetitionFile competitions = two_competitions();
  World world(random);
  world.competition.assign(kUids, 1);
  EpochState state;
  std::vector<int64_t> computed;
  for (int64_t block = kFirstBlock; block < kFirstBlock + 3000; block += 100) {
    Epoch epoch = random_epoch(world, block, random);
    epoch.file.candidates.clear();
    epoch.measured.candidates.clear();
    epoch.measured.competitions[0].tasks[0].nll_sum_nat.clear();
    const double nan = std::nan("");
    add_candidate(world, 3, Status::timeout, {nan, nan, nan}, epoch);
    const SubmissionHistory* past = past_of(epoch.file.candidates.front(), state);
    if (past == nullptr || !postponed_until(*past, block)) computed.push_back(block - kFirstBlock);
    state = reach_verdict({.competitions = competitions,
                           .candidates = epoch.file,
                           .before = state,
                           .block = block},
                          epoch.measured)
                .state;
  }
  EXPECT_EQ(computed, (std::vector<int64_t>{0, 100, 400, 1000, 2200}));
  Candidate other{.uid = 3, .hotkey = world.hotkeys[3], .repo = "ns/m", .commit = "another"};
  other.competition = 1;
  other.block = world.block[3];
  EXPECT_EQ(past_of(other, state), nullptr);
  other.commit = "c";
  ASSERT_NE(past_of(other, state), nullptr);
  EXPECT_EQ(past_of(other, state)->failures, 5);
  EXPECT_EQ(past_of(other, state)->results.size(), 3U);
}

}  // namespace
}  // namespace verdict
