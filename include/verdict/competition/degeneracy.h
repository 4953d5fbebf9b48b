// The sanity generation's verdict (scoring.md A.1 and E.9): a model that says the same whatever it
// is asked, or one word again and again, is no language model, however low its losses are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace verdict {

// Of every row that is asked. A row too short for these and an answer is not asked: no competition
// wants a model to go on behind its rows, and one with learned positions could not.
inline constexpr int64_t kPromptTokens = 100;
// Asked for after each prompt, exactly.
inline constexpr int64_t kGeneratedTokens = 20;
// Of each task: its samples 0 and 1. A task with fewer rows cannot be judged.
inline constexpr int64_t kPromptsPerTask = 2;

// Why the two outputs of a task are degenerate: equal at half of the positions or more, or in both
// one token more often than at half of the positions. Empty if they are not. Both must have
// kGeneratedTokens tokens; throws SystemError(internal) otherwise.
[[nodiscard]] std::string degeneracy(const std::vector<int64_t>& first,
                                     const std::vector<int64_t>& second);

}  // namespace verdict
