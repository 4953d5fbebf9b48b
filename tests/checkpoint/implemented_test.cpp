#include "verdict/checkpoint/implemented.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verdict/core/error.h"

namespace verdict {
namespace {

DecoderSpec llama_spec() {
  DecoderSpec spec;
  spec.names = {.norm1 = "a", .norm2 = "b", .gate = "g", .up = "u"};
  return spec;
}

TEST(Implemented, WhatTheDecoderDoesNotComputeIsRefusedByName) {
  EXPECT_NO_THROW(check_implemented(llama_spec()));
  DecoderSpec spec = llama_spec();
  spec.attn_softcap = 50;
  spec.embed_scale = 8;
  try {
    check_implemented(spec);
    FAIL() << "accepted";
  } catch (const ModelError& e) {
    EXPECT_THAT(e.what(),
                testing::StrEq("the decoder does not compute yet: a scaled embedding, soft-caps"));
  }
}

// Each axis on its own: a value that nobody implements must never pass unseen.
TEST(Implemented, EveryAxisThatLlamaDoesNotUseIsRefused) {
  const std::vector<void (*)(DecoderSpec&)> changes{
      [](DecoderSpec& s) { s.norm = Norm::layer; },
      [](DecoderSpec& s) { s.act = Act::gelu_tanh; },
      [](DecoderSpec& s) { s.names.gate.clear(); },
      [](DecoderSpec& s) { s.pos = Position::learned; },
      [](DecoderSpec& s) { s.residual = Residual::parallel; },
      [](DecoderSpec& s) { s.names.norm2.clear(); },
      [](DecoderSpec& s) { s.names.post_mlp_norm = "p"; },
      [](DecoderSpec& s) { s.names.embed_norm = "e"; },
      [](DecoderSpec& s) { s.qk_norm = QkNorm::per_head; },
      [](DecoderSpec& s) { s.head_bias = true; },
      [](DecoderSpec& s) { s.embed_scale = 8; },
      [](DecoderSpec& s) { s.logit_softcap = 30; },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    DecoderSpec spec = llama_spec();
    changes[i](spec);
    EXPECT_THROW(check_implemented(spec), ModelError) << "change " << i;
  }
}

}  // namespace
}  // namespace verdict
