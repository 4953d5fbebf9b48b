#include "checkpoint/rope_reader.h"

#include <cmath>
#include <string>

#include "checkpoint/text.h"

namespace verdict {
namespace {

constexpr Bounds kTheta{1e-3, 1e15};
constexpr Bounds kPartial{1e-3, 1};
constexpr Bounds kFactor{1, 1e6};
constexpr Bounds kFrequencyFactor{1e-3, 1e6};
constexpr Bounds kMscale{0, 1e3};
constexpr Bounds kDivisor{1e-3, 1e6};
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

double read_original(const ConfigReader& object) {
  return static_cast<double>(
      object.integer("original_max_position_embeddings", kOriginalPositions));
}

void read_llama3(const ConfigReader& object, Rope& rope) {
  rope.kind = Rope::Kind::llama3;
  rope.low = object.number("low_freq_factor", kFrequencyFactor);
  rope.high = object.number("high_freq_factor", kFrequencyFactor);
  rope.original = read_original(object);
  if (rope.high <= rope.low) {
    object.fail("high_freq_factor", "must be greater than low_freq_factor");
  }
}

// Defaults and the amplitude's formula are those of _compute_yarn_parameters in transformers.
void read_yarn(const ConfigReader& object, Rope& rope) {
  rope.kind = Rope::Kind::yarn;
  rope.low = object.number_or("beta_slow", 1, kFrequencyFactor);
  rope.high = object.number_or("beta_fast", 32, kFrequencyFactor);
  rope.original = read_original(object);
  rope.truncate = object.boolean_or("truncate", true);
  if (rope.theta <= 1) object.fail("rope_type", "= 'yarn' needs a rope_theta above 1");
  if (rope.high <= rope.low) object.fail("beta_fast", "must be greater than beta_slow");
  const auto amplitude = [&](double mscale) {
    return rope.factor <= 1 ? 1 : 0.1 * mscale * std::log(rope.factor) + 1;
  };
  const double mscale = object.number_or("mscale", 0, kMscale);
  const double all_dimensions = object.number_or("mscale_all_dim", 0, kMscale);
  const double inferred = mscale != 0 && all_dimensions != 0
                              ? amplitude(mscale) / amplitude(all_dimensions)
                              : amplitude(1);
  rope.amplitude = object.number_or("attention_factor", inferred, kFrequencyFactor);
}

// _compute_longrope_parameters in transformers. Its lengths stand at the top level of the file; the
// object may repeat one of them. How many factors there must be is known when the heads are.
void read_longrope(const ConfigReader& object, const RotaryDialect& dialect, Rope& rope) {
  rope.kind = Rope::Kind::longrope;
  rope.original = static_cast<double>(dialect.longrope_original);
  rope.short_factors = object.numbers("short_factor", kDivisor);
  rope.long_factors = object.numbers("long_factor", kDivisor);
  if (object.has("original_max_position_embeddings") && read_original(object) != rope.original) {
    object.fail("original_max_position_embeddings",
                "contradicts the " + std::to_string(dialect.longrope_original) + " of the model");
  }
  const double stretch =
      object.number_or("factor", static_cast<double>(dialect.max_pos) / rope.original, kFactor);
  if (stretch > 1 && dialect.longrope_original < 2 && !object.has("attention_factor")) {
    object.fail("attention_factor", "is missing: it does not follow from rows of one token");
  }
  const double inferred =
      stretch <= 1 ? 1 : std::sqrt(1 + std::log(stretch) / std::log(rope.original));
  rope.amplitude = object.number_or("attention_factor", inferred, kFrequencyFactor);
}

void read_scaling(const ConfigReader& object, const RotaryDialect& dialect, Rope& rope) {
  const std::string type = type_of(object);
  if (type == "default") return;
  if (type == "longrope" && dialect.longrope_original > 0) {
    return read_longrope(object, dialect, rope);
  }
  const bool known = type == "linear" || type == "dynamic" || type == "llama3" || type == "yarn";
  if (!known) object.fail("rope_type", "= '" + shortened(type) + "' is not supported");
  rope.factor = object.number("factor", kFactor);
  if (type == "linear") rope.kind = Rope::Kind::linear;
  if (type == "dynamic") rope.kind = Rope::Kind::dynamic;
  if (type == "llama3") read_llama3(object, rope);
  if (type == "yarn") read_yarn(object, rope);
}

// Some writers use an architecture's own key, some the common one, some both.
double read_either(const ConfigReader& config, std::string_view own, std::string_view common,
                   double otherwise, Bounds allowed) {
  const double value = config.number_or(own, config.number_or(common, otherwise, allowed), allowed);
  if (config.number_or(common, value, allowed) != value) {
    config.fail(common, "contradicts " + std::string(own));
  }
  return value;
}

}  // namespace

RotaryConfig read_rotary(const ConfigReader& config, const RotaryConfig& defaults,
                         const RotaryDialect& dialect) {
  RotaryConfig older = defaults;
  older.rope.theta =
      read_either(config, dialect.theta, RotaryDialect{}.theta, defaults.rope.theta, kTheta);
  older.partial_factor = read_either(config, dialect.partial, RotaryDialect{}.partial,
                                     defaults.partial_factor, kPartial);
  if (config.has("rope_scaling")) read_scaling(config.object("rope_scaling"), dialect, older.rope);
  if (!config.has("rope_parameters")) return older;

  const ConfigReader object = config.object("rope_parameters");
  RotaryConfig newer = defaults;
  newer.rope.theta = object.number_or("rope_theta", older.rope.theta, kTheta);
  newer.partial_factor = object.number_or("partial_rotary_factor", older.partial_factor, kPartial);
  read_scaling(object, dialect, newer.rope);
  // What the older keys do not say, they do not contradict.
  if (!config.has(dialect.theta) && !config.has("rope_theta")) older.rope.theta = newer.rope.theta;
  if (!config.has(dialect.partial) && !config.has("partial_rotary_factor"))
    older.partial_factor = newer.partial_factor;
  const Rope scaling = older.rope;
  if (!config.has("rope_scaling")) {
    older.rope = newer.rope;
    older.rope.theta = scaling.theta;
  }
  if (older != newer) {
    config.fail("rope_parameters", "contradicts " + std::string(dialect.theta) +
                                       ", rope_scaling or " + std::string(dialect.partial));
  }
  return newer;
}

}  // namespace verdict
