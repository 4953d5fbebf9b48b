#include "verdict/core/hash.h"
#include "verdict/core/json.h"
#include "verdict/results/journal.h"

namespace verdict {

std::string item_key(const ItemIdentity& identity) {
  // JSON quotes its strings, so that no two identities share a text; the name at the front leaves
  // room for another rule.
  Json rows = Json::array();
  for (const uint64_t hash : identity.row_hashes) rows.push_back(hash);
  const Json text =
      Json::array({"verdict-item-1", identity.model, identity.task, rows, identity.numerics});
  return to_hex(sha256(text.dump()));
}

}  // namespace verdict
