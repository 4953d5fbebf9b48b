// The part of the results writer that has a source of its own.
#pragma once

#include "verdict/hdf5/group.h"
#include "verdict/results/content.h"

namespace verdict {

void write_run(Hdf5Group group, const RunInformation& run);

}  // namespace verdict
