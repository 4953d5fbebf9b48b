#include "verdict/competition/norm_limits.h"

#include <cmath>

#include "verdict/core/table.h"

namespace verdict {
namespace {

// Mean over the projections of the share of layers above the soft limit.
double share_above_soft(const std::vector<LayerNorms>& layers, const NormLimits& limits) {
  double sum = 0.0;
  for (size_t p = 0; p < kNormProjections.size(); ++p) {
    double above = 0.0;
    for (const LayerNorms& layer : layers) above += layer[p] > limits.soft ? 1.0 : 0.0;
    sum += layers.empty() ? 0.0 : above / static_cast<double>(layers.size());
  }
  return sum / static_cast<double>(kNormProjections.size());
}

}  // namespace

std::string norm_problem(const std::vector<LayerNorms>& layers, const NormLimits& limits) {
  for (size_t l = 0; l < layers.size(); ++l) {
    for (size_t p = 0; p < kNormProjections.size(); ++p) {
      const double norm = layers[l][p];
      if (std::isfinite(norm) && norm <= limits.hard) continue;
      return "the norm of " + std::string(kNormProjections[p]) + " in layer " + std::to_string(l) +
             " is " + (std::isfinite(norm) ? format_fixed(norm, 3) : "not finite") + ", at most " +
             format_fixed(limits.hard, 3) + " is allowed";
    }
  }
  const double share = share_above_soft(layers, limits);
  if (share <= limits.soft_share) return "";
  return format_fixed(share, 4) + " of the norms are above " + format_fixed(limits.soft, 3) +
         ", at most " + format_fixed(limits.soft_share, 4) + " may be";
}

bool reference_norms_pass(const std::vector<LayerNorms>& layers, const NormLimits& limits) {
  for (const LayerNorms& layer : layers) {
    for (const double norm : layer) {
      if (norm > limits.hard) return false;
    }
  }
  return share_above_soft(layers, limits) <= limits.soft_share;
}

}  // namespace verdict
