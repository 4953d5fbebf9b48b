// CHAIN.json (schema "verdict-chain-1"): what the chain says of a subnet and of the validator that
// sets weights there. launch/chain.py writes it.
#pragma once

#include <filesystem>
#include <string_view>

#include "verdict/competition/preflight.h"

namespace verdict {

// `schema`, `netuid` and `block` are required, the other keys are those of ChainView and may be
// absent or null: not known. `uid` is different: null says that the hotkey is not registered.
// `hotkey`, `coldkey` and `note` are let pass, other keys refused. `validators`: one object for
// each uid, with `stake` in rao, `permit` and `weights`, pairs of a uid and a whole number up to
// 65535. Throws FormatError naming the key, what was expected and what was found.
[[nodiscard]] ChainView parse_chain(std::string_view text);

// The same from a file. Throws SystemError(io) if it cannot be read, SystemError(bad_data) naming
// it.
[[nodiscard]] ChainView read_chain(const std::filesystem::path& path);

}  // namespace verdict
