// Ranges of the numbers of config.json, far beyond every real model and far below what could
// overflow or exhaust memory (reliability.md 5, rule 8).
#pragma once

#include "verdict/checkpoint/config_reader.h"
#include "verdict/core/range.h"

namespace verdict {

inline constexpr Range kLayers{1, 1024 + 1};
inline constexpr Range kLayerIndex{0, 1024 + 1};
inline constexpr Range kHidden{1, 65'536 + 1};
inline constexpr Range kHeads{1, 1024 + 1};
inline constexpr Range kHeadDim{1, 1024 + 1};
inline constexpr Range kFfn{1, (1 << 20) + 1};
inline constexpr Range kVocab{1, (1 << 20) + 1};
inline constexpr Range kPositions{1, (1 << 30) + 1};  // Nothing of this length is ever allocated.
inline constexpr Range kTablePositions{1, (1 << 20) + 1};  // Of a learned table.
inline constexpr Bounds kNormEps{0, 1};

}  // namespace verdict
