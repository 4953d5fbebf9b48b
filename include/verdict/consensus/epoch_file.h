// EPOCH.json: the state of a subnet before an epoch; and what we print of the epoch.
#pragma once

#include <string_view>

#include "verdict/consensus/epoch.h"
#include "verdict/core/json.h"

namespace verdict {

// Reads `n`, `block`, `emission`, `stake`, `last_update`, `block_at_registration`,
// `validator_permit`, `weights`, and, if present, `params`, `bonds`, `commit_blocks` and `mode`
// (which must say what `params` say). `id`, `note` and `expected` are let pass, other keys refused.
// Throws FormatError naming the field, what was expected and what was found.
[[nodiscard]] SubnetState parse_epoch(std::string_view text);
[[nodiscard]] SubnetState epoch_from_json(const Json& root);

// The keys of `params`, over the defaults of a bare runtime. n: uids of the subnet, an owner must
// be below. Throws FormatError likewise.
[[nodiscard]] SubnetParameters parameters_from_json(const Json& params, size_t n);

// Integers only, by uid: shares of 1 as u16 (65535 is 1), `*_bits` as 2^-32ths, emissions in the
// smallest unit; `bonds` only of uids that hold some.
[[nodiscard]] Json epoch_json(const EpochResult& result);

}  // namespace verdict
