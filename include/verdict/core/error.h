// The two kinds of failure of the program, and the exit codes that the second kind ends in.
#pragma once

#include <stdexcept>
#include <string>

namespace verdict {

// Exit codes of every command (sysexits.h).
enum class ExitCode {
  ok = 0,  // Failed candidates included: they are results.
  usage =
      64,  // Wrong use or launch: a bad option, a bad competition file, MPI size ≠ the launcher's.
  bad_data = 65,  // A shard or the candidates file.
  internal = 70,  // A bug of ours.
  cannot_write = 73,
  io = 74,
  again = 75,  // Stopped before the end: run the same line again to go on.
};

// One submission is bad: score it invalid and carry on.
class ModelError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The bytes of a submission are not those that passed the checks: not its own fault, and another
// read may find them right.
class ContentError : public ModelError {
 public:
  using ModelError::ModelError;
};

// The job is broken: no rank can usefully carry on. Only `main` turns it into an exit code.
class SystemError : public std::runtime_error {
 public:
  explicit SystemError(const std::string& what) : SystemError(ExitCode::internal, what) {}
  SystemError(ExitCode code, const std::string& what) : std::runtime_error(what), code_(code) {}
  [[nodiscard]] ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

// A text that breaks the rules of its format. Who knows whose file it is turns this into one of the
// two above.
class FormatError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace verdict
