// Shell completion, made from the command line's own description, so that it cannot be out of step.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace verdict {

struct CompletionOptions {
  std::string shell{};
};

void add_completion(CLI::App& app, CompletionOptions& o);

// A script for bash to source: commands, their options, the values of options that have a list of
// them, and files everywhere else.
[[nodiscard]] std::string bash_completion(const CLI::App& app);

}  // namespace verdict
