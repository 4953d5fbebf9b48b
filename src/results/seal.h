// A checksum behind the end of an HDF5 file, where every HDF5 reader ignores it. The library itself
// crashes on some damaged files (1.10.8), so a file of ours is checked before the library sees it.
#pragma once

#include <string>
#include <string_view>

namespace verdict {

// The bytes with their seal: "verdict-xxh3:", 16 hex digits of the XXH3 of the bytes, a newline.
[[nodiscard]] std::string sealed(std::string bytes);

// Throws SystemError(bad_data) if there is a seal and it is not that of the bytes. A file without
// one was rewritten by another program.
void check_seal(std::string_view bytes, const std::string& file_name);

}  // namespace verdict
