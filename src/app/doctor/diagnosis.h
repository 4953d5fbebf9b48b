// What the facts of all ranks mean, and what to type.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/doctor/rank_facts.h"
#include "verdict/core/error.h"
#include "verdict/core/json.h"

namespace verdict {

// fine: as it should be, or nothing that matters; advice: evaluation runs, but slowly or not as its
// user may think; fault: it does not run.
enum class Level { fine, advice, fault };

struct Finding {
  Level level = Level::fine;
  std::string topic{};
  std::string found{};
  std::string remedy{};             // What to type; empty if fine.
  ExitCode code = ExitCode::usage;  // Of a fault.
};

struct Asked {
  std::string device = "auto";
  int64_t threads = 1;     // Per rank.
  bool gpu_build = false;  // evaluate of this build can compute on a GPU.
};

// Pure. `ranks` are in rank order and not empty.
[[nodiscard]] std::vector<Finding> diagnose(const Asked& asked,
                                            const std::vector<RankFacts>& ranks);

// A wrong launch before a folder that cannot be written, that before one that cannot be read.
[[nodiscard]] ExitCode exit_code_of(const std::vector<Finding>& findings);

[[nodiscard]] std::string doctor_text(const std::vector<RankFacts>& ranks,
                                      const std::vector<Finding>& findings);
[[nodiscard]] Json doctor_json(const std::vector<RankFacts>& ranks,
                               const std::vector<Finding>& findings);

// The parts of diagnose().
[[nodiscard]] std::vector<Finding> diagnose_launch(const std::vector<RankFacts>& ranks);
[[nodiscard]] std::vector<Finding> diagnose_cpus(const Asked& asked,
                                                 const std::vector<RankFacts>& ranks);
[[nodiscard]] std::vector<Finding> diagnose_memory(const std::vector<RankFacts>& ranks);
[[nodiscard]] std::vector<Finding> diagnose_environment(const std::vector<RankFacts>& ranks);
[[nodiscard]] std::vector<Finding> diagnose_gpus(const Asked& asked,
                                                 const std::vector<RankFacts>& ranks);
[[nodiscard]] std::vector<Finding> diagnose_out(const std::vector<RankFacts>& ranks);
[[nodiscard]] std::vector<Finding> diagnose_models(const std::vector<RankFacts>& ranks);

// "0-2, 5"
[[nodiscard]] std::string number_list(std::vector<int64_t> numbers);
// "rank 0 on n1", "ranks 0-2 on n1, n2"
[[nodiscard]] std::string who(const std::vector<const RankFacts*>& ranks);
// Ranks of one node together, by node.
[[nodiscard]] std::vector<std::vector<const RankFacts*>> by_node(
    const std::vector<RankFacts>& ranks);

}  // namespace verdict
