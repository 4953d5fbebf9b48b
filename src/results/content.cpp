#include "verdict/results/content.h"

namespace verdict {

std::string model_label(int64_t uid, const std::string& repo) {
  return std::to_string(uid) + ":" + repo;
}

}  // namespace verdict
