#include "verdict/results/run_folder.h"

#include "results/json_fields.h"
#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSchema = "verdict-inputs-1";

Json read_inputs(const fs::path& path) {
  try {
    const Json text = parse_json(read_text(path));
    const std::string schema = text_field(text, "schema");
    if (schema != kSchema)
      throw FormatError("expected schema '" + std::string(kSchema) + "', found '" + schema + "'");
    return field(text, "inputs", "an object");
  } catch (const FormatError& e) {
    throw SystemError(ExitCode::bad_data, path.string() + ": " + e.what());
  }
}

std::string shown(const Json& inputs, const std::string& name) {
  const auto found = inputs.find(name);
  return found == inputs.end()
             ? "nothing"
             : printable(found->dump(-1, ' ', false, Json::error_handler_t::replace));
}

// "candidates was "aa", is "bb" now; options.rows was …", empty if nothing differs. `prefix` is the
// name of the object that is compared.
std::string differences(const Json& before, const Json& now, const std::string& prefix = "") {
  std::string text;
  const auto add = [&](const std::string& name) {
    const bool inner = before.contains(name) && before[name].is_object() && now.contains(name) &&
                       now[name].is_object();
    text += (text.empty() ? "" : "; ") +
            (inner ? differences(before[name], now[name], prefix + name + ".")
                   : prefix + name + " was " + shown(before, name) + ", is " + shown(now, name) +
                         " now");
  };
  for (const auto& [name, value] : now.items()) {
    if (!before.contains(name) || before[name] != value) add(name);
  }
  for (const auto& [name, value] : before.items()) {
    if (!now.contains(name)) add(name);
  }
  return text;
}

}  // namespace

RunFolder RunFolder::create_or_resume(const fs::path& folder, const Json& inputs) {
  RunFolder run(folder, inputs, false);
  std::error_code error;
  fs::create_directories(run.journal(), error);
  if (error) {
    throw SystemError(ExitCode::cannot_write,
                      "cannot create " + run.journal().string() + ": " + error.message());
  }
  if (fs::exists(run.inputs_file())) {
    const std::string changed = differences(read_inputs(run.inputs_file()), inputs);
    if (!changed.empty()) {
      throw SystemError(ExitCode::usage, folder.string() + " holds a run with other inputs (" +
                                             changed +
                                             "): give another --out, or the inputs of that run");
    }
    run.resumed_ = true;
    return run;
  }
  Json text = Json::object();
  text["schema"] = kSchema;
  text["inputs"] = inputs;
  write_atomically(run.inputs_file(), text.dump(2) + "\n");
  return run;
}

RunFolder RunFolder::open(const fs::path& folder) {
  RunFolder run(folder, Json::object(), true);
  if (!fs::exists(run.inputs_file())) {
    throw SystemError(ExitCode::usage,
                      folder.string() + " is no run folder: it has no inputs.json");
  }
  run.inputs_ = read_inputs(run.inputs_file());
  return run;
}

}  // namespace verdict
