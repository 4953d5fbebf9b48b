// What `verdict publish` prints.
#pragma once

#include <string>

#include "app/publish/publication.h"
#include "verdict/core/json.h"

namespace verdict {

[[nodiscard]] Json publication_json(const Publication& publication);
[[nodiscard]] std::string publication_tables(const Publication& publication);

}  // namespace verdict
