#include "verdict/checkpoint/implemented.h"

#include <string>

#include "verdict/core/error.h"

namespace verdict {

void check_implemented(const DecoderSpec& spec) {
  std::string missing;
  const auto need = [&](bool implemented, const std::string& what) {
    if (!implemented) missing += (missing.empty() ? "" : ", ") + what;
  };
  need(spec.norm == Norm::rms, "norms other than RMS norm");
  need(spec.act == Act::silu, "activations other than SiLU");
  need(!spec.names.gate.empty() && !spec.names.up.empty(), "an MLP without gate");
  need(spec.pos == Position::rotary_half, "positions other than rotary halves");
  need(spec.residual == Residual::sequential, "parallel or post-norm residuals");
  need(!spec.names.norm1.empty() && !spec.names.norm2.empty(), "blocks without two norms");
  need(spec.names.post_attn_norm.empty() && spec.names.post_mlp_norm.empty(),
       "norms after a branch");
  need(spec.names.embed_norm.empty(), "a norm on the embedding");
  need(spec.qk_norm == QkNorm::none, "query and key norms");
  need(!spec.head_bias, "a bias on the head");
  need(spec.embed_scale == 1, "a scaled embedding");
  need(spec.attn_softcap == 0 && spec.logit_softcap == 0, "soft-caps");
  if (!missing.empty()) throw ModelError("the decoder does not compute yet: " + missing);
}

}  // namespace verdict
