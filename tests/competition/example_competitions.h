// The competitions file of the tests, and what is said about it when a part is replaced.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "verdict/competition/competition_file.h"
#include "verdict/core/error.h"

namespace verdict::example {

// Line numbers in the tests count from here.
inline constexpr std::string_view kExample = R"(uids = 256
netuid = 9
version_key = 4062

[[competition]]
id = 4
name = "14B"
reward = 0.30
architectures = ["LlamaForCausalLM", "MistralForCausalLM"]
parameters = [13_700_000_000, 13_900_000_000]
max_bytes = 31_138_512_896
sequence_length = 4096
tokenizer = { name = "gpt-4", vocab_size = 100277, eos_id = 100257 }
epsilon = { kind = "linear", start = 0.005, end = 0.0001, blocks = 14400 }
eval_block_delay = 250
payout = "softmax"
numerics = { dtype = "bfloat16", tp = 1, micro_batch = 4 }

[[competition.from]]
block = 5_177_981
reward = 0.15

[[competition.task]]
name = "fineweb"
method = "text_loss"
data = ["fineweb-*.h5"]
weight = 0.30
rows = 50
normalization = "none"

[[competition.task]]
name = "code"
method = "text_loss"
data = ["a.h5", "b.h5"]
weight = 0.70
rows = 20
normalization = { inverse_exponential = { ceiling = 5.0 } }
)";

// The example with the first occurrence of `from` replaced.
inline std::string with(const std::string& from, const std::string& to) {
  std::string text(kExample);
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

inline std::string refusal(const std::string& text, int64_t block = 0) {
  try {
    (void)parse_competitions(text, "c.toml", block);
  } catch (const SystemError& e) {
    EXPECT_EQ(e.code(), ExitCode::usage);
    return e.what();
  }
  return "accepted";
}

inline std::string refusal_with(const std::string& from, const std::string& to) {
  return refusal(with(from, to));
}

}  // namespace verdict::example
