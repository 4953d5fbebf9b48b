#include "verdict/competition/chain_file.h"

#include <limits>
#include <set>
#include <utility>

#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/json_fields.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

constexpr const char* kSchema = "verdict-chain-1";
constexpr int64_t kMostUids = 65536;              // A uid is 16 bits on chain.
constexpr int64_t kLastBlock = int64_t{1} << 53;  // Differences of such do not overflow.

// The value of a key; nothing if it is absent or null.
const Json* known(const Json& root, const std::string& key) {
  const auto found = root.find(key);
  return found == root.end() || found->is_null() ? nullptr : &*found;
}

int64_t whole_of(const Json& value, const std::string& key, int64_t most) {
  if (!value.is_number_unsigned() || value.get<uint64_t>() > static_cast<uint64_t>(most))
    refuse_field(key, "a whole number from 0 to " + std::to_string(most), &value);
  return value.get<int64_t>();
}

std::optional<int64_t> whole(const Json& root, const std::string& key, int64_t most = kLastBlock) {
  const Json* value = known(root, key);
  return value == nullptr ? std::nullopt : std::optional(whole_of(*value, key, most));
}

std::optional<uint64_t> amount(const Json& root, const std::string& key) {
  const Json* value = known(root, key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_unsigned()) refuse_field(key, "a whole number of rao", value);
  return value->get<uint64_t>();
}

std::optional<bool> flag(const Json& root, const std::string& key) {
  return known(root, key) == nullptr ? std::nullopt : std::optional(boolean_field(root, key));
}

std::optional<int64_t> validator_uid(const Json& root) {
  const auto found = root.find("uid");
  if (found == root.end()) return std::nullopt;
  return found->is_null() ? kNotRegistered : whole_of(*found, "uid", kMostUids - 1);
}

std::optional<std::vector<int64_t>> registrations(const Json& root, std::optional<int64_t> uids) {
  if (known(root, "registered_at") == nullptr) return std::nullopt;
  std::vector<int64_t> blocks;
  for (const Json& value : array_field(root, "registered_at"))
    blocks.push_back(whole_of(value, "registered_at", kLastBlock));
  if (uids && !std::cmp_equal(blocks.size(), *uids)) {
    throw FormatError("key 'registered_at': expected " + std::to_string(*uids) +
                      " blocks, one per uid, found " + std::to_string(blocks.size()));
  }
  return blocks;
}

void refuse_other_keys(const Json& object, const std::set<std::string>& all) {
  for (const auto& [key, ignored] : object.items()) {
    if (!all.contains(key)) throw FormatError("key '" + printable(key) + "': is not a known key");
  }
}

// Pairs [uid, u16], each uid once.
std::vector<std::pair<int64_t, double>> row_of(const Json& rows, int64_t uids) {
  std::vector<std::pair<int64_t, double>> row;
  std::set<int64_t> seen;
  for (const Json& pair : rows) {
    if (!pair.is_array() || pair.size() != 2)
      refuse_field("weights", "pairs of a uid and a weight", &pair);
    row.emplace_back(whole_of(pair[0], "weights", uids - 1), whole_of(pair[1], "weights", 65535));
    if (!seen.insert(row.back().first).second) refuse_field("weights", "each uid once", &pair);
  }
  return row;
}

ValidatorRow validator_of(const Json& object, int64_t uids) {
  if (!object.is_object()) throw FormatError("expected an object");
  refuse_other_keys(object, {"uid", "stake", "permit", "weights"});
  const Json& stake = field(object, "stake", "a whole number of rao");
  if (!stake.is_number_unsigned()) refuse_field("stake", "a whole number of rao", &stake);
  return {.uid = whole_of(field(object, "uid", "a uid"), "uid", uids - 1),
          .stake = static_cast<double>(stake.get<uint64_t>()),
          .permit = boolean_field(object, "permit"),
          .weights = row_of(array_field(object, "weights"), uids)};
}

std::optional<std::vector<ValidatorRow>> validators(const Json& root, std::optional<int64_t> uids) {
  if (known(root, "validators") == nullptr) return std::nullopt;
  std::vector<ValidatorRow> rows;
  const Json& all = array_field(root, "validators");
  for (size_t i = 0; i < all.size(); ++i) {
    try {
      rows.push_back(validator_of(all[i], uids.value_or(kMostUids)));
      if (i > 0 && rows[i - 1].uid >= rows[i].uid)
        refuse_field("uid", "ascending uids, each once", &all[i]["uid"]);
    } catch (const FormatError& e) {
      throw FormatError("key 'validators', entry " + std::to_string(i) + ": " + e.what());
    }
  }
  return rows;
}

std::set<std::string> all_keys() {
  return {"schema",
          "netuid",
          "block",
          "subnet_exists",
          "mechanism",
          "mechanisms",
          "uids",
          "uid",
          "stake",
          "least_stake",
          "version_key",
          "last_update",
          "rate_limit",
          "commit_reveal",
          "owner",
          "hotkey",
          "coldkey",
          "validator_permit",
          "min_allowed_weights",
          "note",
          "registered_at",
          "max_weight_limit",
          "validators"};
}

}  // namespace

ChainView parse_chain(std::string_view text) {
  const Json root = parse_json(text);
  if (!root.is_object()) throw FormatError("expected an object");
  const std::string schema = text_field(root, "schema");
  if (schema != kSchema) {
    throw FormatError("expected schema '" + std::string(kSchema) + "', found '" +
                      printable(schema) + "'");
  }
  refuse_other_keys(root, all_keys());
  const auto uids = whole(root, "uids", kMostUids);
  return {.netuid = whole_of(field(root, "netuid", "a subnet's number"), "netuid", 65535),
          .block = whole_of(field(root, "block", "a block's number"), "block", kLastBlock),
          .subnet_exists = flag(root, "subnet_exists"),
          .mechanism = whole(root, "mechanism", 255).value_or(0),
          .mechanisms = whole(root, "mechanisms", 256),
          .uids = uids,
          .uid = validator_uid(root),
          .stake = amount(root, "stake"),
          .least_stake = amount(root, "least_stake"),
          .version_key = whole(root, "version_key", std::numeric_limits<int64_t>::max()),
          .last_update = whole(root, "last_update"),
          .rate_limit = whole(root, "rate_limit"),
          .commit_reveal = flag(root, "commit_reveal"),
          .validator_permit = flag(root, "validator_permit"),
          .owner = flag(root, "owner"),
          .min_allowed_weights = whole(root, "min_allowed_weights", 65535),
          .max_weight_limit = whole(root, "max_weight_limit", 65535),
          .registered_at = registrations(root, uids),
          .validators = validators(root, uids)};
}

ChainView read_chain(const std::filesystem::path& path) {
  const std::string text = read_text(path);
  try {
    return parse_chain(text);
  } catch (const FormatError& e) {
    throw SystemError(ExitCode::bad_data, path.string() + ": " + e.what());
  }
}

}  // namespace verdict
