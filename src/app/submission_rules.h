// What a competition asks of a submission, in the words of the checks.
#pragma once

#include "verdict/checkpoint/submission.h"
#include "verdict/competition/competition_file.h"

namespace verdict {

[[nodiscard]] SubmissionRules rules_of(const Competition& competition);

}  // namespace verdict
