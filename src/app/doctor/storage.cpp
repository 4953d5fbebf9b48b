#include "app/doctor/storage.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <set>
#include <thread>
#include <utility>

#include "verdict/core/file.h"
#include "verdict/core/hash.h"

namespace verdict {
namespace {

namespace fs = std::filesystem;

// statfs(2) and linux/magic.h.
constexpr std::array<std::pair<uint32_t, const char*>, 17> kTypes{{{0x6969, "NFS"},
                                                                   {0x0BD00BD0, "Lustre"},
                                                                   {0x47504653, "GPFS"},
                                                                   {0x19830326, "BeeGFS"},
                                                                   {0x00C36400, "CephFS"},
                                                                   {0xEF53, "ext4"},
                                                                   {0x58465342, "XFS"},
                                                                   {0x9123683E, "btrfs"},
                                                                   {0x2FC12FC1, "ZFS"},
                                                                   {0x01021994, "tmpfs"},
                                                                   {0x858458F6, "ramfs"},
                                                                   {0x794C7630, "overlay"},
                                                                   {0x65735546, "FUSE"},
                                                                   {0xFF534D42, "CIFS"},
                                                                   {0xFE534D42, "SMB"},
                                                                   {0x01021997, "9p"},
                                                                   {0x73717368, "squashfs"}}};

void look_at_place(FolderFacts& facts) {
  struct statfs found {};
  if (::statfs(facts.place.c_str(), &found) != 0) {
    facts.problem = facts.place + ": " + system_cause();
    return;
  }
  facts.free_bytes = uint64_t{found.f_bavail} * static_cast<uint64_t>(found.f_bsize);
  facts.type = "unknown";
  for (const auto& [magic, name] : kTypes) {
    if (magic == static_cast<uint32_t>(found.f_type)) facts.type = name;
  }
}

constexpr const char* kTracePrefix = ".verdict-doctor-";

fs::path trace_path(const FolderFacts& facts, const std::string& token, int64_t rank) {
  return fs::path(facts.place) / (kTracePrefix + token + "-" + std::to_string(rank));
}

}  // namespace

FolderFacts look_at_models(const fs::path& folder) {
  FolderFacts facts{.path = folder.string(), .place = folder.string()};
  look_at_place(facts);
  std::error_code error;
  std::set<std::string> names;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    // Traces of ranks that are done or not: the run folder may lie beside the models.
    if (!name.starts_with(kTracePrefix)) names.insert(name);
  }
  if (error) facts.problem = folder.string() + ": " + error.message();
  std::string all;
  for (const std::string& name : names) all.append(name).push_back('\0');
  facts.entries = static_cast<int64_t>(names.size());
  facts.listing = xxh3_hex(all);
  return facts;
}

FolderFacts look_at_out(const fs::path& folder) {
  std::error_code error;
  fs::path place = fs::absolute(folder, error).lexically_normal();
  while (!fs::exists(place, error) && place.has_relative_path()) place = place.parent_path();
  FolderFacts facts{.path = folder.string(), .place = place.string()};
  look_at_place(facts);
  return facts;
}

Trace::Trace(FolderFacts& facts, const std::string& token, int64_t rank) {
  if (!facts.problem.empty()) return;
  const fs::path path = trace_path(facts, token, rank);
  const FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (fd.valid()) path_ = path;
  if (!fd.valid() ||
      ::write(fd.get(), token.data(), token.size()) != static_cast<ssize_t>(token.size()) ||
      ::fsync(fd.get()) != 0) {
    facts.problem = "cannot write " + path.string() + ": " + system_cause();
    return;
  }
  facts.locks = ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
}

Trace::~Trace() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

bool sees_trace(const FolderFacts& facts, const std::string& token, int64_t rank) {
  constexpr std::chrono::milliseconds kPause{250};
  constexpr int kTries = 20;
  for (int tries = 0; tries < kTries; ++tries) {
    std::ifstream file(trace_path(facts, token, rank));
    std::string found;
    if (file >> found && found == token) return true;
    std::this_thread::sleep_for(kPause);
  }
  return false;
}

}  // namespace verdict
