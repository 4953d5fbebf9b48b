#include "verdict/data/micro_batch.h"

#include <algorithm>
#include <string>

#include "verdict/core/error.h"

namespace verdict {

std::vector<MicroBatch> micro_batches(Range samples, int64_t b) {
  if (b < 1 || samples.begin < 0 || samples.begin % b != 0) {
    throw SystemError("micro-batches of " + std::to_string(b) + " rows cannot start at sample " +
                      std::to_string(samples.begin));
  }
  std::vector<MicroBatch> batches;
  for (int64_t begin = samples.begin; begin < samples.end; begin += b) {
    MicroBatch batch;
    batch.valid = std::min(b, samples.end - begin);
    for (int64_t i = 0; i < b; ++i) batch.samples.push_back(begin + std::min(i, batch.valid - 1));
    batches.push_back(std::move(batch));
  }
  return batches;
}

}  // namespace verdict
