// Limits on the norms of a model's projections, against weights that are blown up.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace verdict {

// The projections that are looked at, in the order of LayerNorms.
inline constexpr std::array<std::string_view, 6> kNormProjections{"q_proj", "k_proj",  "v_proj",
                                                                  "o_proj", "up_proj", "down_proj"};
using LayerNorms = std::array<double, kNormProjections.size()>;  // Frobenius norms of one layer.

struct NormLimits {
  double soft = 0.0;
  double soft_share = 0.0;  // Of the layers that may be above `soft`, mean over the projections.
  double hard = 0.0;        // No norm may be above it.
};

// Empty if the norms are within the limits, else what was found and allowed. A norm that is not
// finite is refused; the reference lets a NaN pass, since no comparison with it holds.
[[nodiscard]] std::string norm_problem(const std::vector<LayerNorms>& layers,
                                       const NormLimits& limits);

// As the reference decides, where the check exists and is switched off. Source: taoverse
// src/taoverse/model/model_updater.py at e350d5e4.
[[nodiscard]] bool reference_norms_pass(const std::vector<LayerNorms>& layers,
                                        const NormLimits& limits);

}  // namespace verdict
