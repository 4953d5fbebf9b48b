// inputs.json of a run folder, field by field: what provenance.cpp and merge write.
#include <algorithm>
#include <cmath>

#include "app/verify/verify.h"
#include "verdict/core/error.h"
#include "verdict/core/json_fields.h"
#include "verdict/results/run_folder.h"

namespace verdict {
namespace {

constexpr int64_t kLargestUid = 65535;

const Json& object_field(const Json& object, const std::string& key) {
  const Json& value = field(object, key, "an object");
  if (!value.is_object()) refuse_field(key, "an object", &value);
  return value;
}

void check_sha256(const Json& value, const std::string& key) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const std::string text = value.is_string() ? value.get<std::string>() : "";
  if (text.size() != 64 || text.find_first_not_of(kHex) != std::string::npos)
    refuse_field(key, "a SHA-256 of 64 lower-case hex digits", &value);
}

void check_name(const std::string& key, const std::string& name) {
  const auto is_ours = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  if (name.empty() || name.size() > 32 || !std::ranges::all_of(name, is_ours))
    throw FormatError("key '" + key + "': is not COMPETITION/TASK");
}

// {"competition/task": [SHA-256, …]}, in the order of the task's shards.
void check_shards(const Json& shards) {
  for (const auto& [key, hashes] : shards.items()) {
    const size_t slash = std::min(key.find('/'), key.size());
    check_name(key, key.substr(0, slash));
    check_name(key, slash < key.size() ? key.substr(slash + 1) : "");
    if (!hashes.is_array() || hashes.empty())
      refuse_field(key, "the hashes of its shards", &hashes);
    for (const Json& hash : hashes) check_sha256(hash, key);
  }
}

// {"uid": SHA-256 of the model's files}.
void check_models(const Json& models) {
  for (const auto& [key, hash] : models.items()) {
    const bool digits =
        !key.empty() && key.size() <= 5 && key.find_first_not_of("0123456789") == std::string::npos;
    // The comparison refuses what is not the one way to write a number, such as "012".
    if (!digits || std::to_string(std::stoll(key)) != key || std::stoll(key) > kLargestUid)
      throw FormatError("key '" + key + "': is not a uid from 0 to 65535");
    check_sha256(hash, key);
  }
}

void check_at_least_one(const Json& object, const std::string& key) {
  if (integer_field(object, key) < 1) refuse_field(key, "an integer from 1", &object[key]);
}

void check_filled(const Json& object, const std::string& key) {
  if (text_field(object, key).empty()) refuse_field(key, "a text that is not empty", &object[key]);
}

// What decides the bits of a loss, on a CPU or a GPU.
void check_numerics(const Json& numerics) {
  if (!numerics.is_object()) refuse_field("numerics", "objects", &numerics);
  const std::string device = text_field(numerics, "device");
  if (device == "cuda") {
    refuse_other_keys(numerics, {"dtype", "device", "gpu", "tp", "micro_batch", "threads",
                                 "products", "attention", "collectives", "cuda", "driver",
                                 "kernels", "gpu_kernels", "torch"});
    for (const char* key : {"gpu", "cuda", "driver"}) check_filled(numerics, key);
    check_at_least_one(numerics, "gpu_kernels");
  } else if (device == "cpu") {
    refuse_other_keys(numerics, {"dtype", "device", "instruction_set", "cpu_features",
                                 "onednn_max_cpu_isa", "tp", "micro_batch", "threads", "products",
                                 "attention", "collectives", "kernels", "torch"});
    check_filled(numerics, "instruction_set");
    static_cast<void>(text_field(numerics, "cpu_features"));
    if (numerics.contains("onednn_max_cpu_isa"))
      static_cast<void>(text_field(numerics, "onednn_max_cpu_isa"));
  } else {
    refuse_field("device", "cpu or cuda", &numerics["device"]);
  }
  const std::string dtype = text_field(numerics, "dtype");
  if (dtype != "float32" && dtype != "bfloat16")
    refuse_field("dtype", "float32 or bfloat16", &numerics["dtype"]);
  for (const char* key : {"tp", "micro_batch", "threads", "kernels"})
    check_at_least_one(numerics, key);
  for (const char* key : {"products", "attention", "collectives", "torch"})
    check_filled(numerics, key);
}

void check_options(const Json& options) {
  refuse_other_keys(options, {"rules", "allow_missing_tasks", "state", "rows",
                              "model_timeout_seconds", "numerics"});
  const std::string rules = text_field(options, "rules");
  if (rules != "hardened" && rules != "reference" && rules != "per-batch")
    refuse_field("rules", "hardened, reference or per-batch", &options["rules"]);
  static_cast<void>(boolean_field(options, "allow_missing_tasks"));
  const std::string state = text_field(options, "state");
  if (state != "none" && state != "used") refuse_field("state", "none or used", &options["state"]);
  if (!field(options, "rows", "an integer or null").is_null()) check_at_least_one(options, "rows");
  const double timeout = number_field(options, "model_timeout_seconds");
  if (!std::isfinite(timeout) || timeout <= 0.0)
    refuse_field("model_timeout_seconds", "seconds above 0", &options["model_timeout_seconds"]);
  for (const Json& numerics : array_field(options, "numerics")) check_numerics(numerics);
}

std::string check_inputs(const Json& inputs) {
  if (!inputs.is_object()) refuse_field("inputs", "an object", &inputs);
  refuse_other_keys(inputs, {"competitions", "candidates", "shards", "models", "options"});
  for (const char* key : {"competitions", "candidates"})
    check_sha256(field(inputs, key, "a SHA-256"), key);
  check_shards(object_field(inputs, "shards"));
  check_models(object_field(inputs, "models"));
  check_options(object_field(inputs, "options"));
  return std::to_string(inputs["models"].size());
}

}  // namespace

Verification verify_run_inputs(const std::filesystem::path& file) {
  const Json inputs = read_inputs_file(file);
  try {
    return {.kind = "inputs of a run", .facts = {{"models", check_inputs(inputs)}}};
  } catch (const FormatError& e) {
    throw SystemError(ExitCode::bad_data, file.string() + ": " + e.what());
  }
}

}  // namespace verdict
