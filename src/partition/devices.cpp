#include "verdict/partition/devices.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

#include "verdict/core/error.h"

namespace verdict {
namespace {

// What a context takes of its GPU, and what the driver keeps: not a sign of other processes.
constexpr uint64_t kContextBytes = uint64_t{2} << 30;

[[noreturn]] void refuse(const std::string& text) { throw SystemError(ExitCode::usage, text); }

std::string place(size_t rank, const DeviceFacts& facts) {
  return "rank " + std::to_string(rank) + " on " + facts.host;
}

std::string why_none(const DeviceFacts& facts) {
  return facts.problem.empty() ? "it sees no GPU" : facts.problem;
}

bool has_gpu(const DeviceFacts& facts) { return facts.problem.empty() && !facts.gpus.empty(); }

// Whether GPUs are used at all: by all ranks or by none.
bool wants_gpus(const DeviceWish& wish, const std::vector<DeviceFacts>& facts) {
  if (wish.device == "cpu") return false;
  const auto with = static_cast<size_t>(std::ranges::count_if(facts, has_gpu));
  if (with == facts.size()) return true;
  const auto without =
      static_cast<size_t>(std::ranges::find_if_not(facts, has_gpu) - facts.begin());
  if (wish.device == "cuda") {
    refuse("--device cuda: " + place(without, facts[without]) + ": " + why_none(facts[without]));
  }
  if (with == 0) return false;
  refuse(place(without, facts[without]) + ": " + why_none(facts[without]) + ", other ranks have " +
         "one: start ranks on nodes with GPUs only, or give --device cpu");
}

// Losses of two kinds differ in their last bits.
void require_one_kind(const std::vector<DeviceFacts>& facts, const std::vector<int>& index) {
  const auto kind = [&](size_t r) {
    const GpuFacts& gpu = facts[r].gpus[static_cast<size_t>(index[r])];
    return std::pair(gpu.name, gpu.capability);
  };
  for (size_t r = 0; r < facts.size(); ++r) {
    if (kind(r).second < kLowestCapability) {
      refuse(place(r, facts[r]) + ": " + kind(r).first + " has compute capability " +
             std::to_string(kind(r).second / 10) + "." + std::to_string(kind(r).second % 10) +
             ", 8.0 or later is needed: give --device cpu");
    }
    if (kind(r) == kind(0)) continue;
    refuse(place(r, facts[r]) + " computes on " + kind(r).first + ", " + place(0, facts[0]) +
           " on " + kind(0).first +
           ": losses would differ in their last bits; use GPUs of one kind");
  }
}

// Ranks by the GPU that they compute on.
std::map<std::string, std::vector<size_t>> users_of(const std::vector<DeviceFacts>& facts,
                                                    const std::vector<int>& index) {
  std::map<std::string, std::vector<size_t>> users;
  for (size_t r = 0; r < facts.size(); ++r)
    users[facts[r].gpus[static_cast<size_t>(index[r])].uuid].push_back(r);
  return users;
}

void require_own_gpus(const std::map<std::string, std::vector<size_t>>& users,
                      const std::vector<DeviceFacts>& facts) {
  for (const auto& [uuid, ranks] : users) {
    if (ranks.size() == 1) continue;
    const size_t gpus = facts[ranks[1]].gpus.size();
    refuse(place(ranks[1], facts[ranks[1]]) + " would share " + uuid + " with rank " +
           std::to_string(ranks[0]) + ", which NCCL forbids: start one rank for each GPU (" +
           std::to_string(gpus) + " in sight there), or give --device cpu");
  }
}

// Models are admitted by the whole memory, lest a result depend on who else was there.
void require_free_memory(const std::vector<DeviceFacts>& facts, const std::vector<int>& index) {
  for (size_t r = 0; r < facts.size(); ++r) {
    const GpuFacts& gpu = facts[r].gpus[static_cast<size_t>(index[r])];
    if (gpu.free_bytes + gpu.memory_bytes / 20 + kContextBytes >= gpu.memory_bytes) continue;
    std::ostringstream text;
    text << place(r, facts[r]) << ": of the " << (gpu.memory_bytes >> 20) << " MiB of " << gpu.uuid
         << " only " << (gpu.free_bytes >> 20)
         << " MiB are free: another process uses it; run the same line again when it has ended";
    throw SystemError(ExitCode::again, text.str());
  }
}

// One device in sight, and not the neighbour's: the launcher hands them out one by one.
void note_isolated(const std::vector<Seat>& seats, const std::vector<DeviceFacts>& facts,
                   DeviceChoice& choice) {
  for (size_t r = 1; r < facts.size(); ++r) {
    if (facts[r].gpus.size() > 1 || facts[r - 1].gpus.size() > 1) continue;
    if (seats[r].node != seats[r - 1].node || facts[r].gpus[0].uuid == facts[r - 1].gpus[0].uuid)
      continue;
    choice.notes.push_back(
        "each rank of " + facts[r].host +
        " sees a GPU of its own only, so that they may reach each other by way of host memory "
        "only: give the GPUs to the node (--gpus-per-node), not to the tasks");
    return;
  }
}

}  // namespace

DeviceChoice choose_devices(const DeviceWish& wish, const std::vector<Seat>& seats,
                            const std::vector<DeviceFacts>& facts) {
  if (!wants_gpus(wish, facts)) return {};
  DeviceChoice choice{.kind = DeviceKind::cuda};
  for (size_t r = 0; r < facts.size(); ++r)
    choice.index.push_back(seats[r].local_rank % static_cast<int>(facts[r].gpus.size()));
  require_one_kind(facts, choice.index);
  const auto users = users_of(facts, choice.index);
  choice.shared = std::ranges::any_of(users, [](const auto& u) { return u.second.size() > 1; });
  if (!wish.share_gpu) {
    require_own_gpus(users, facts);
    require_free_memory(facts, choice.index);
  }
  const GpuFacts& first = facts[0].gpus[static_cast<size_t>(choice.index[0])];
  choice.gpu = first.name + ", sm_" + std::to_string(first.capability);
  choice.rank_memory_bytes = first.memory_bytes;
  for (const auto& [uuid, ranks] : users) {
    const DeviceFacts& f = facts[ranks[0]];
    const GpuFacts& gpu = f.gpus[static_cast<size_t>(choice.index[ranks[0]])];
    choice.rank_memory_bytes = std::min(choice.rank_memory_bytes, gpu.memory_bytes / ranks.size());
  }
  note_isolated(seats, facts, choice);
  if (choice.shared)
    choice.notes.push_back("several ranks share a GPU: for tests; sums go by way of the host");
  return choice;
}

}  // namespace verdict
