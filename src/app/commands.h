// One function per command. Each returns the exit code; SystemError leaves through main.
#pragma once

#include "app/options.h"
#include "verdict/core/error.h"

namespace verdict {

[[nodiscard]] ExitCode run_check(const CheckOptions& options);
[[nodiscard]] ExitCode run_inspect(const InspectOptions& options);
[[nodiscard]] ExitCode run_score(const ScoreOptions& options);
[[nodiscard]] ExitCode run_merge(const MergeOptions& options);
[[nodiscard]] ExitCode run_plan(const PlanOptions& options);
[[nodiscard]] ExitCode run_publish(const PublishOptions& options);
[[nodiscard]] ExitCode run_compare(const CompareOptions& options);
[[nodiscard]] ExitCode run_verify(const VerifyOptions& options);
[[nodiscard]] ExitCode run_report(const ReportOptions& options);
[[nodiscard]] ExitCode run_synth(const SynthesisOptions& options);
[[nodiscard]] ExitCode run_consensus(const ConsensusOptions& options);

}  // namespace verdict
