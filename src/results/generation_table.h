// The sanity generation of a competition in results.h5.
#pragma once

#include "verdict/hdf5/group.h"
#include "verdict/results/content.h"

namespace verdict {

// Throws SystemError(internal) if the table does not fit the models.
void write_generation(Hdf5Group group, const CompetitionResult& competition);

// Throws SystemError(bad_data) as a TableReader, or if there are not as many models.
[[nodiscard]] GenerationTable read_generation(Hdf5Group group, size_t models);

}  // namespace verdict
