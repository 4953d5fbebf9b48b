// A folder of a test's own, and Python as the second opinion on our files.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "verdict/core/error.h"
#include "verdict/core/file.h"

namespace verdict {

class Scratch : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("verdict-scratch-" + std::to_string(::getpid()));
};

// The exit status of a Python program that finds `argument` in sys.argv[1].
inline int run_python(const std::filesystem::path& folder, const std::string& program,
                      const std::filesystem::path& argument) {
  const std::filesystem::path script = folder / "script.py";
  write_atomically(script, program);
  const std::string command =
      std::string(VERDICT_PYTHON) + " " + script.string() + " " + argument.string();
  return std::system(command.c_str());
}

// The exit code and the text of the SystemError that `action` must throw.
template <class Action>
SystemError system_error_of(const Action& action) {
  try {
    action();
  } catch (const SystemError& e) {
    return e;
  }
  ADD_FAILURE() << "no SystemError was thrown";
  return SystemError("none");
}

}  // namespace verdict
