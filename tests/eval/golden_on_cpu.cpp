#include "eval/golden_place.h"

namespace verdict {

const GoldenPlace& golden_place() {
  static const GoldenPlace place;
  return place;
}

}  // namespace verdict
