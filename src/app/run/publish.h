// From the loss table to what is published: scores, results.h5, weights.json.
#pragma once

#include <string>
#include <vector>

#include "app/run/admission.h"
#include "app/run/inputs.h"
#include "app/run/job.h"
#include "app/run/losses.h"
#include "app/score/measurements.h"
#include "verdict/results/run_folder.h"

namespace verdict {

// What became of each candidate: its admission, or its model's failure.
struct Outcome {
  Status status = Status::ok;
  std::string reason{};
  std::optional<size_t> model{};  // Into job.models, if it was evaluated.
};
[[nodiscard]] std::vector<Outcome> outcomes_of(const std::vector<Admission>& admissions,
                                               const Job& job, const LossTable& table);

// Scores every competition. Everything but `run` of the result is a pure function of the arguments.
[[nodiscard]] Verdict reach_verdict(const Inputs& inputs, const std::vector<Outcome>& outcomes,
                                    const Job& job, const LossTable& table,
                                    const EpochState& before);

// results.h5, then weights.json with its hash: each complete or absent.
void write_verdict(const RunFolder& folder, Verdict& verdict);

}  // namespace verdict
