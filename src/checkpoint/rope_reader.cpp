#include "checkpoint/rope_reader.h"

#include <string>

#include "checkpoint/text.h"

namespace verdict {
namespace {

constexpr Bounds kTheta{1e-3, 1e15};
constexpr Bounds kPartial{1e-3, 1};
constexpr Bounds kFactor{1, 1e6};
constexpr Bounds kFrequencyFactor{1e-3, 1e6};
constexpr Range kOriginalPositions{1, (int64_t{1} << 30) + 1};

// "type" is the older spelling of "rope_type"; some files have both.
std::string type_of(const ConfigReader& object) {
  const std::string type = object.text_or("rope_type", object.text_or("type", "default"));
  if (object.has("type") && object.text("type") != type) {
    object.fail("type", "is '" + shortened(object.text("type")) + "', but rope_type is '" +
                            shortened(type) + "'");
  }
  return type;
}

void read_scaling(const ConfigReader& object, Rope& rope) {
  const std::string type = type_of(object);
  if (type == "default") return;
  if (type == "linear") {
    rope.kind = Rope::Kind::linear;
    rope.factor = object.number("factor", kFactor);
    return;
  }
  if (type != "llama3") {
    object.fail("rope_type", "= '" + shortened(type) + "' is not supported");
  }
  rope.kind = Rope::Kind::llama3;
  rope.factor = object.number("factor", kFactor);
  rope.low = object.number("low_freq_factor", kFrequencyFactor);
  rope.high = object.number("high_freq_factor", kFrequencyFactor);
  rope.original =
      static_cast<double>(object.integer("original_max_position_embeddings", kOriginalPositions));
  if (rope.high <= rope.low) {
    object.fail("high_freq_factor", "must be greater than low_freq_factor");
  }
}

}  // namespace

RotaryConfig read_rotary(const ConfigReader& config, const RotaryConfig& defaults) {
  RotaryConfig older = defaults;
  older.rope.theta = config.number_or("rope_theta", defaults.rope.theta, kTheta);
  older.partial_factor =
      config.number_or("partial_rotary_factor", defaults.partial_factor, kPartial);
  if (config.has("rope_scaling")) read_scaling(config.object("rope_scaling"), older.rope);
  if (!config.has("rope_parameters")) return older;

  const ConfigReader object = config.object("rope_parameters");
  RotaryConfig newer = defaults;
  newer.rope.theta = object.number_or("rope_theta", older.rope.theta, kTheta);
  newer.partial_factor = object.number_or("partial_rotary_factor", older.partial_factor, kPartial);
  read_scaling(object, newer.rope);
  // What the older keys do not say, they do not contradict.
  if (!config.has("rope_theta")) older.rope.theta = newer.rope.theta;
  if (!config.has("partial_rotary_factor")) older.partial_factor = newer.partial_factor;
  const Rope scaling = older.rope;
  if (!config.has("rope_scaling")) {
    older.rope = newer.rope;
    older.rope.theta = scaling.theta;
  }
  if (older != newer) {
    config.fail("rope_parameters", "contradicts rope_theta, rope_scaling or partial_rotary_factor");
  }
  return newer;
}

}  // namespace verdict
