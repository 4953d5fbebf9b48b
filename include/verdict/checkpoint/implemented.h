// Which of the values that a config may ask for the decoder (verdict/model/decoder.h) computes.
#pragma once

#include "verdict/checkpoint/decoder_spec.h"

namespace verdict {

// Throws ModelError naming every value of the spec that the decoder does not compute yet.
void check_implemented(const DecoderSpec& spec);

}  // namespace verdict
