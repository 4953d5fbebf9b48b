#include "verdict/competition/degeneracy.h"

#include <algorithm>
#include <map>

#include "verdict/core/error.h"

namespace verdict {
namespace {

constexpr int64_t kHalf = kGeneratedTokens / 2;

int64_t equal_positions(const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
  int64_t equal = 0;
  for (size_t i = 0; i < a.size(); ++i) equal += a[i] == b[i] ? 1 : 0;
  return equal;
}

// How often the most frequent token occurs.
int64_t most_frequent(const std::vector<int64_t>& tokens) {
  std::map<int64_t, int64_t> counts;
  int64_t most = 0;
  for (const int64_t token : tokens) most = std::max(most, ++counts[token]);
  return most;
}

}  // namespace

std::string degeneracy(const std::vector<int64_t>& first, const std::vector<int64_t>& second) {
  for (const auto* output : {&first, &second}) {
    if (static_cast<int64_t>(output->size()) == kGeneratedTokens) continue;
    throw SystemError("the sanity generation judges " + std::to_string(kGeneratedTokens) +
                      " tokens, found " + std::to_string(output->size()));
  }
  const std::string all = std::to_string(kGeneratedTokens);
  const int64_t equal = equal_positions(first, second);
  if (equal >= kHalf) {
    return "the outputs for two prompts are equal at " + std::to_string(equal) + " of " + all +
           " positions, allowed are " + std::to_string(kHalf - 1);
  }
  const int64_t a = most_frequent(first);
  const int64_t b = most_frequent(second);
  if (std::min(a, b) > kHalf) {
    return "the outputs for two prompts repeat one token " + std::to_string(a) + " and " +
           std::to_string(b) + " times in " + all + ", allowed is " + std::to_string(kHalf) +
           " in one of them";
  }
  return "";
}

}  // namespace verdict
