#include "results/seal.h"

#include "verdict/core/error.h"
#include "verdict/core/hash.h"

namespace verdict {
namespace {

constexpr std::string_view kPrefix = "verdict-xxh3:";
constexpr size_t kDigits = 16;
constexpr size_t kSealSize = kPrefix.size() + kDigits + 1;

}  // namespace

std::string sealed(std::string bytes) {
  const std::string checksum = xxh3_hex(bytes);
  return bytes.append(kPrefix).append(checksum).append("\n");
}

void check_seal(std::string_view bytes, const std::string& file_name) {
  if (bytes.size() < kSealSize) return;
  const std::string_view seal = bytes.substr(bytes.size() - kSealSize);
  if (!seal.starts_with(kPrefix)) return;
  const std::string_view expected = seal.substr(kPrefix.size(), kDigits);
  const std::string found = xxh3_hex(bytes.substr(0, bytes.size() - kSealSize));
  if (found == expected) return;
  throw SystemError(ExitCode::bad_data, file_name + ": is damaged: the XXH3 of its bytes is " +
                                            found + ", its last line says " +
                                            std::string(expected));
}

}  // namespace verdict
