// Names of tensors that two kinds of writers spell differently.
#pragma once

#include "verdict/checkpoint/checkpoint.h"
#include "verdict/checkpoint/decoder_spec.h"

namespace verdict {

// Takes the other spelling of the spec if embedding or head are in the files under it and not under
// the first one. Decided once for all names: a mixture has unexpected and missing tensors.
void spell_as_in_files(DecoderSpec& spec, const Checkpoint& checkpoint);

}  // namespace verdict
