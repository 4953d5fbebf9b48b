// weights.json (schema "verdict-weights-1"): what is published.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace verdict {

struct PublishedWinner {
  int64_t uid = 0;
  std::string hotkey{};
  std::string repo{};
  std::string commit{};
  double score = 0;
};

struct PublishedRunnerUp {
  int64_t uid = 0;
  double score = 0;
};

struct PublishedCompetition {
  int64_t id = 0;
  std::string name{};
  std::optional<PublishedWinner> winner{};
  std::optional<PublishedRunnerUp> runner_up{};
  std::optional<double> margin{};  // The runner-up's score − the winner's.
  std::optional<double> margin_stderr{};
  bool too_close_to_call = false;
};

struct PublishedWeights {
  int64_t netuid = 0;
  int64_t block = 0;
  int64_t version_key = 0;
  std::string results_sha256{};  // Of results.h5, hex.
  std::vector<int64_t> uids{};
  std::vector<int64_t> weights{};  // [uids], 0 … 65535
  std::vector<PublishedCompetition> competitions{};
};

[[nodiscard]] std::string weights_text(const PublishedWeights& weights);
// Throws SystemError(cannot_write).
void write_weights(const std::filesystem::path& path, const PublishedWeights& weights);

// Throws FormatError naming the key, what was expected and what was found.
[[nodiscard]] PublishedWeights parse_weights(std::string_view text);
// Throws SystemError(io), or SystemError(bad_data) with the file's name.
[[nodiscard]] PublishedWeights read_weights(const std::filesystem::path& path);

}  // namespace verdict
