#include "verdict/results/run_folder.h"

#include <algorithm>
#include <string>
#include <vector>

#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/json_fields.h"
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

std::string shown(const Json* value) {
  return value == nullptr ? "nothing"
                          : printable(value->dump(-1, ' ', false, Json::error_handler_t::replace));
}

const Json* member(const Json& object, const std::string& name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

const Json* element(const Json& list, size_t i) { return i < list.size() ? &list[i] : nullptr; }

// Adds "candidates was "aa", is "bb" now" for every value that differs: of an object or a list only
// those in it. Null: there is no such value.
void find_differences(const std::string& name, const Json* before, const Json* now,
                      std::vector<std::string>& found) {
  if (before != nullptr && now != nullptr) {
    if (*before == *now) return;
    if (before->is_object() && now->is_object()) {
      const std::string prefix = name.empty() ? "" : name + ".";
      for (const auto& [key, value] : now->items()) {
        find_differences(prefix + key, member(*before, key), &value, found);
      }
      for (const auto& [key, value] : before->items()) {
        if (!now->contains(key)) find_differences(prefix + key, &value, nullptr, found);
      }
      return;
    }
    if (before->is_array() && now->is_array()) {
      for (size_t i = 0; i < std::max(before->size(), now->size()); ++i) {
        find_differences(name + "[" + std::to_string(i) + "]", element(*before, i),
                         element(*now, i), found);
      }
      return;
    }
  }
  found.push_back(name + " was " + shown(before) + ", is " + shown(now) + " now");
}

// All of them in one text, empty if nothing differs.
std::string differences(const Json& before, const Json& now) {
  std::vector<std::string> found;
  find_differences("", &before, &now, found);
  std::string text;
  for (const std::string& difference : found) text += (text.empty() ? "" : "; ") + difference;
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
  if (file_exists(run.inputs_file())) {
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
  if (!file_exists(run.inputs_file())) {
    throw SystemError(ExitCode::usage,
                      folder.string() + " is no run folder: it has no inputs.json");
  }
  run.inputs_ = read_inputs(run.inputs_file());
  return run;
}

}  // namespace verdict
