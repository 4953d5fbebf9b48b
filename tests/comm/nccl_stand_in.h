// What the stand-in of NCCL does and what it saw. One state, as the functions that it stands in for
// have no object to keep it in.
#pragma once

#include <nccl.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace verdict {

struct NcclScript {
  float sum_factor = 1;  // What a faulty network would make of a sum.
  float step_of_ranks =
      0;  // In what is gathered each rank holds that much more than the one before.
  // What a function returns, call by call ("ncclAllReduce"); ncclSuccess once there is no more.
  std::map<std::string, std::deque<ncclResult_t>> results{};
  // What the communicator's state is, asked by asked; the last stays.
  std::deque<ncclResult_t> states{ncclSuccess};
  std::string last_error{};
  std::vector<std::string> calls{};       // In order, without the questions for the state.
  std::vector<std::string> unique_ids{};  // Given to ncclCommInitRankConfig.
  int64_t states_asked = 0;
  int ranks = 0;
  int blocking = -1;
};

NcclScript& nccl_script();

}  // namespace verdict
