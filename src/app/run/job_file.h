// RUN/job.json (schema "verdict-job-1"): what rank 0 made of the inputs. With the journals all that
// scores follow from, so that a run can be merged, or scored again, where neither its models nor
// its shards are at hand.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/run/admission.h"
#include "app/run/inputs.h"
#include "app/run/job.h"

namespace verdict {

struct JobRecord {
  Inputs inputs{};
  std::vector<Admission> admissions{};  // By candidate: status, reason and content hash only.
  Job job{};                            // Without the shapes of the models.
};

// With a checksum as its last field. Equal jobs give equal texts.
[[nodiscard]] std::string job_text(const JobRecord& record);

// Throws SystemError(bad_data) naming the file if the text is damaged or of another schema.
[[nodiscard]] JobRecord parse_job(const std::string& text, const std::filesystem::path& path);

// The same from a file. Throws SystemError(io) if it cannot be read.
[[nodiscard]] JobRecord read_job(const std::filesystem::path& path);

}  // namespace verdict
