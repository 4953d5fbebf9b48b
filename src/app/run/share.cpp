#include "app/run/share.h"

namespace verdict {

std::string from_rank_zero(const MpiComm& world, const std::function<std::string()>& find) {
  std::string text;
  std::string failure;
  int64_t code = 0;
  if (world.rank() == 0) {
    try {
      text = find();
    } catch (const SystemError& e) {
      code = static_cast<int64_t>(e.code());
      failure = e.what();
    }
  }
  world.barrier_patiently();  // Rank 0 may have a long look.
  code = world.all_reduce_max(code);
  if (code != 0 && world.rank() == 0) throw SharedError(static_cast<ExitCode>(code), failure);
  if (code != 0) throw QuietExit(static_cast<ExitCode>(code));
  return world.broadcast(text, 0);
}

}  // namespace verdict
