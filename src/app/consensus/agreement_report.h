// Whether operators agree, for people and for machines.
#pragma once

#include <string>

#include "app/consensus/operators.h"
#include "verdict/core/json.h"

namespace verdict {

[[nodiscard]] std::string agreement_tables(const OperatorsInput& input, const Agreement& agreement);
[[nodiscard]] Json agreement_json(const OperatorsInput& input, const Agreement& agreement);

}  // namespace verdict
