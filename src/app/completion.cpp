#include "app/completion.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

namespace verdict {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// "--competitions --out …"; short forms are left out where there is a long one.
std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// What CLI::IsMember says of itself: "TEXT:{auto,cpu,cuda}" -> auto cpu cuda. Empty for others.
std::string choices(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t open = type.find('{');
  const size_t close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return {};
  std::string text = type.substr(open + 1, close - open - 1);
  std::replace(text.begin(), text.end(), ',', ' ');
  return text;
}

// Without a name on the command line, an option is an argument by its place.
std::string choices_of_arguments(const CLI::App& app) {
  std::string text;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional() && text.empty()) text = choices(*option);
  }
  return text;
}

std::string case_of(const CLI::App& command) {
  std::string text = "    " + command.get_name() + ")\n      options=\"" +
                     joined(option_names(command)) + "\"\n      values=\"" +
                     choices_of_arguments(command) + "\"\n      case \"$previous\" in\n";
  for (const CLI::Option* option : command.get_options()) {
    const bool takes_value = option->get_items_expected_max() > 0;
    if (option->get_lnames().empty() || !takes_value) continue;
    text += "        --" + option->get_lnames().front() + ") options=\"\" values=\"" +
            choices(*option) + "\" ;;\n";
  }
  return text + "      esac ;;\n";
}

}  // namespace

void add_completion(CLI::App& app, CompletionOptions& o) {
  CLI::App* c = app.add_subcommand("completion", "Print a script that completes this command line");
  c->footer("Example:\n  source <(verdict completion bash)");
  c->add_option("shell", o.shell, "bash")->required()->check(CLI::IsMember({"bash"}));
}

std::string bash_completion(const CLI::App& app) {
  std::vector<std::string> commands;
  std::string cases;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    commands.push_back(command->get_name());
    cases += case_of(*command);
  }
  return "# Completion of verdict for bash, printed by: verdict completion bash\n"
         "_verdict() {\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
         "  local command=\"\" options=\"\" values=\"\"\n"
         "  ((COMP_CWORD == 1)) || command=\"${COMP_WORDS[1]}\"\n"
         "  case \"$command\" in\n"
         "    \"\") options=\"" +
         joined(option_names(app)) + "\" values=\"" + joined(commands) + "\" ;;\n" + cases +
         "  esac\n"
         "  [[ $current == -* ]] && values=\"$options\"\n"
         "  COMPREPLY=()\n"
         "  [[ -z $values ]] || mapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$current\")\n"
         "}\n"
         "complete -o default -o bashdefault -F _verdict verdict\n";
}

}  // namespace verdict
