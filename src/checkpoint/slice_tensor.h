// The checkpoint tensor behind a slice.
#pragma once

#include "verdict/checkpoint/checkpoint.h"
#include "verdict/checkpoint/shard_plan.h"

namespace verdict {

// Throws ModelError if it is missing or too small.
[[nodiscard]] const TensorInfo& tensor_of(const Checkpoint& checkpoint, const Slice& slice);

}  // namespace verdict
