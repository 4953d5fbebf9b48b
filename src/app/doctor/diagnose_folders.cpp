#include "app/doctor/diagnosis.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

constexpr uint64_t kLittleSpace = uint64_t{1} << 30;

std::string storage_text(const FolderFacts& f) {
  return f.path + ": " + f.type + ", " + format_bytes(f.free_bytes) + " free" +
         (f.place == f.path ? "" : " in " + f.place);
}

constexpr const char* kShared = "give a folder on storage that every node mounts, by the same path";

}  // namespace

std::vector<Finding> diagnose_out(const std::vector<RankFacts>& ranks) {
  const RankFacts& first = ranks.front();
  if (first.out.path.empty()) return {};
  for (const RankFacts& r : ranks) {
    if (r.out.problem.empty()) continue;
    return {{.level = Level::fault,
             .topic = "run folder",
             .found = who({&r}) + ": " + r.out.problem,
             .remedy =
                 "give --out a folder that you may write to, with room (df -h " + r.out.place + ")",
             .code = ExitCode::cannot_write}};
  }
  for (const RankFacts& r : ranks) {
    if (r.out.unseen.empty()) continue;
    return {{.level = Level::fault,
             .topic = "run folder",
             .found = who({&r}) + " does not see in " + r.out.place + " what rank " +
                      number_list(r.out.unseen) + " wrote to " + first.out.path,
             .remedy = kShared,
             .code = ExitCode::io}};
  }
  Finding f{.topic = "run folder",
            .found = storage_text(first.out) + "; written to, fsynced and seen by every rank"};
  if (!first.out.locks) {
    f.level = Level::advice;
    f.found += "; it has no locks, so that two runs at once are found by the lock file alone";
    f.remedy = "one run at a time, or another file system (NFS: mount -o local_lock=none)";
  } else if (first.out.free_bytes < kLittleSpace) {
    f.level = Level::advice;
    f.found += "; little room";
    f.remedy = "df -h " + first.out.place;
  } else if (first.out.type == "tmpfs" || first.out.type == "ramfs") {
    f.level = Level::advice;
    f.found += "; in memory: a run cannot go on after the machine has restarted";
    f.remedy = "give --out a folder on a disk";
  }
  return {f};
}

std::vector<Finding> diagnose_models(const std::vector<RankFacts>& ranks) {
  const RankFacts& first = ranks.front();
  if (first.models.path.empty()) return {};
  for (const RankFacts& r : ranks) {
    const bool other = r.models.listing != first.models.listing;
    if (r.models.problem.empty() && !other) continue;
    return {{.level = Level::fault,
             .topic = "models",
             .found = who({&r}) + ": " +
                      (r.models.problem.empty()
                           ? r.models.path + " is not the folder that rank 0 sees (" +
                                 std::to_string(r.models.entries) +
                                 " entries, rank 0: " + std::to_string(first.models.entries) + ")"
                           : r.models.problem),
             .remedy = kShared,
             .code = ExitCode::io}};
  }
  return {{.topic = "models",
           .found = storage_text(first.models) + ", " + std::to_string(first.models.entries) +
                    " entries, the same for every rank"}};
}

}  // namespace verdict
