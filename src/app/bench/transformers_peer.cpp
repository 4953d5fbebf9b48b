#include "app/bench/transformers_peer.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "verdict/core/error.h"
#include "verdict/core/json.h"

namespace verdict {

TransformersPeer::TransformersPeer(const Options& options) {
  std::array<int, 2> down{};
  std::array<int, 2> up{};
  if (::pipe(down.data()) != 0 || ::pipe(up.data()) != 0) {
    throw SystemError(ExitCode::io, std::string("cannot make a pipe: ") + std::strerror(errno));
  }
  child_ = ::fork();
  if (child_ == 0) {
    ::dup2(down[0], STDIN_FILENO);
    ::dup2(up[1], STDOUT_FILENO);
    for (const int fd : {down[0], down[1], up[0], up[1]}) ::close(fd);
    const std::string threads = std::to_string(options.threads);
    ::setenv("OMP_NUM_THREADS", threads.c_str(), 1);
    ::execlp(options.python.c_str(), options.python.c_str(), options.script.c_str(),
             options.model.c_str(), threads.c_str(), options.device.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(down[0]);
  ::close(up[1]);
  to_child_ = ::fdopen(down[1], "w");
  from_child_ = ::fdopen(up[0], "r");
  const std::string hello = read_line();
  if (hello.empty()) {
    throw SystemError(ExitCode::usage, options.python + " " + options.script.string() +
                                           " did not start; its own message is above");
  }
  version_ = parse_json(hello)["transformers"].get<std::string>();
}

TransformersPeer::~TransformersPeer() {
  if (to_child_ != nullptr) std::fclose(to_child_);  // End of input: the child leaves.
  if (from_child_ != nullptr) std::fclose(from_child_);
  if (child_ > 0) ::waitpid(child_, nullptr, 0);
}

std::string TransformersPeer::read_line() {
  std::string line;
  for (int c = std::fgetc(from_child_); c != EOF && c != '\n'; c = std::fgetc(from_child_)) {
    line += static_cast<char>(c);
  }
  return line;
}

TransformersPeer::Round TransformersPeer::score(const std::vector<uint32_t>& tokens) {
  const std::string request = Json(tokens).dump() + "\n";
  std::fputs(request.c_str(), to_child_);
  std::fflush(to_child_);
  const std::string line = read_line();
  if (line.empty())
    throw SystemError(ExitCode::io, "the transformers process has died; its own message is above");
  const Json answer = parse_json(line);
  return {.seconds = answer["seconds"], .nll = answer["nll"]};
}

}  // namespace verdict
