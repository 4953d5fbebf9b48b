// Do operators publish the same weights, and what does it cost who does not? Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "verdict/consensus/epoch.h"

namespace verdict {

struct Operator {
  std::string name{};
  uint16_t uid = 0;  // Of its validator.
  uint64_t stake = 0;
  std::string weights_file{};  // As the stakes file names it; empty: has set no weights.
  StoredRow weights{};
};

// stakes.json, once the weights are read into it.
struct Operators {
  SubnetParameters params{};
  uint64_t emission = 1'000'000'000;  // Smallest units of the subnet's token.
  std::vector<Operator> all{};
};

struct OperatorOutcome {
  bool with_majority = false;
  Fixed stake_share{};
  Fixed validator_trust{};
  uint64_t earns = 0;
  uint64_t earns_with_majority = 0;  // Had it alone published the majority's weights.
  uint64_t earns_if_all_agreed = 0;
};

struct Agreement {
  bool all_agree = false;
  std::vector<size_t> majority{};            // Operators with the weights that have most stake.
  std::vector<OperatorOutcome> operators{};  // In the order of the operators.
  EpochResult result{};
};

// Reads "operators" [{"uid", "stake", "weights"?, "name"?}], "emission"? and "params"? of
// stakes.json. Throws FormatError naming the field, what was expected and what was found.
[[nodiscard]] Operators parse_operators(std::string_view text);

// One epoch in which every operator has a permit, is active and holds no earlier bonds. Two vectors
// are the same if the chain stores the same of them. Throws SystemError(internal) without operators
// or for a uid twice.
[[nodiscard]] Agreement compare_operators(const Operators& operators);

}  // namespace verdict
