#include "verdict/results/run_folder.h"

#include <string>

#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/json_fields.h"
#include "verdict/results/differences.h"

namespace verdict {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSchema = "verdict-inputs-1";

}  // namespace

Json read_inputs_file(const fs::path& path) {
  try {
    const Json text = parse_json(read_text(path));
    const std::string schema = text_field(text, "schema");
    if (schema != kSchema)
      throw FormatError("expected schema '" + std::string(kSchema) + "', found '" + schema + "'");
    refuse_other_keys(text, {"schema", "inputs"});
    return field(text, "inputs", "an object");
  } catch (const FormatError& e) {
    throw SystemError(ExitCode::bad_data, path.string() + ": " + e.what());
  }
}

RunFolder RunFolder::create_or_resume(const fs::path& folder, const Json& inputs) {
  RunFolder run(folder, inputs, false);
  std::error_code error;
  fs::create_directories(run.journal(), error);
  if (error) {
    throw SystemError(ExitCode::cannot_write,
                      "cannot create " + run.journal().string() + ": " + error.message());
  }
  if (file_exists(run.inputs_file())) {
    std::string changed;
    for (const JsonDifference& d : differences(read_inputs_file(run.inputs_file()), inputs)) {
      changed.append(changed.empty() ? "" : "; ")
          .append(d.name + " was " + d.first + ", is " + d.second + " now");
    }
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
  if (!file_exists(run.inputs_file())) {
    throw SystemError(ExitCode::usage,
                      folder.string() + " is no run folder: it has no inputs.json");
  }
  run.inputs_ = read_inputs_file(run.inputs_file());
  return run;
}

}  // namespace verdict
