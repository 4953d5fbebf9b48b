#include "verdict/checkpoint/architectures.h"

#include <algorithm>
#include <array>

#include "checkpoint/architectures/describe.h"
#include "checkpoint/spelling.h"
#include "checkpoint/text.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

constexpr std::array kArchitectures{
    Architecture{"LlamaForCausalLM", "llama", describe_llama},
    Architecture{"MistralForCausalLM", "mistral", describe_mistral},
    Architecture{"Qwen2ForCausalLM", "qwen2", describe_qwen2},
    Architecture{"GemmaForCausalLM", "gemma", describe_gemma},
    Architecture{"Gemma2ForCausalLM", "gemma2", describe_gemma2},
    Architecture{"PhiForCausalLM", "phi", describe_phi},
    Architecture{"GPTNeoXForCausalLM", "gpt_neox", describe_gpt_neox},
    Architecture{"FalconForCausalLM", "falcon", describe_falcon},
    Architecture{"GPT2LMHeadModel", "gpt2", describe_gpt2},
    Architecture{"GPTJForCausalLM", "gptj", describe_gptj},
    Architecture{"BartForCausalLM", "bart", describe_bart},
    Architecture{"Qwen3ForCausalLM", "qwen3", describe_qwen3},
    Architecture{"Phi3ForCausalLM", "phi3", describe_phi3},
    Architecture{"Olmo2ForCausalLM", "olmo2", describe_olmo2},
};

const Architecture& find_architecture(const ConfigReader& config) {
  const std::string name = config.architecture();
  const auto found = std::ranges::find(kArchitectures, name, &Architecture::name);
  if (found == kArchitectures.end()) {
    config.fail("architectures", "= '" + shortened(name) + "' is not implemented; these are: " +
                                     listed(implemented_architectures(), ", ", 100));
  }
  const std::string type = config.model_type();
  if (type != found->model_type) {
    config.fail("model_type", "of " + name + " must be '" + std::string(found->model_type) +
                                  "', found '" + shortened(type) + "'");
  }
  return *found;
}

// One divisor for each pair of rotated dimensions.
void check_longrope(const DecoderSpec& s, const ConfigReader& config) {
  if (s.rope.kind != Rope::Kind::longrope) return;
  const std::string object = config.has("rope_parameters") ? "rope_parameters." : "rope_scaling.";
  const auto check = [&](const std::string& key, const std::vector<double>& factors) {
    if (std::ssize(factors) == s.rotary_dim / 2) return;
    config.fail(object + key, "must have " + std::to_string(s.rotary_dim / 2) +
                                  " numbers, one for each pair of rotated dimensions, found " +
                                  std::to_string(factors.size()));
  };
  check("short_factor", s.rope.short_factors);
  check("long_factor", s.rope.long_factors);
}

// What no single range says. A failure names config.json's meaning, not the keys: those differ by
// architecture.
void check_sizes(const DecoderSpec& s, const ConfigReader& config) {
  if (s.heads % s.kv_heads != 0) {
    config.fail("num_key_value_heads", "= " + std::to_string(s.kv_heads) + " does not divide " +
                                           std::to_string(s.heads) + " attention heads");
  }
  const bool rotary = s.pos == Position::rotary_half || s.pos == Position::rotary_interleaved;
  if (rotary && (s.rotary_dim < 2 || s.rotary_dim % 2 != 0 || s.rotary_dim > s.head_dim)) {
    config.fail("head_dim", "= " + std::to_string(s.head_dim) + " rotates " +
                                std::to_string(s.rotary_dim) +
                                " dimensions: an even number from 2 to head_dim is needed");
  }
  if (rotary && s.rope.kind == Rope::Kind::dynamic && s.rotary_dim == 2) {
    config.fail("rope_type", "= 'dynamic' needs more than 2 rotated dimensions");
  }
  check_longrope(s, config);
}

// transformers 5 writes for each layer what the window keys already say.
void check_layer_types(const DecoderSpec& s, const ConfigReader& config) {
  if (!config.has("layer_types")) return;
  std::vector<std::string> expected(static_cast<size_t>(s.layers), "full_attention");
  for (int64_t i = 0; i < s.layers; ++i) {
    if (window_of(s.window, i) > 0) expected[static_cast<size_t>(i)] = "sliding_attention";
  }
  if (config.texts("layer_types") != expected) {
    config.fail("layer_types", "says something else than the keys of the attention window");
  }
}

}  // namespace

std::string layer_name(const std::string& pattern, int64_t layer) {
  std::string name = pattern;
  if (const size_t at = name.find("{}"); at != std::string::npos) {
    name.replace(at, 2, std::to_string(layer));
  }
  return name;
}

int64_t window_of(const Window& window, int64_t layer) {
  const int64_t after = layer - window.first_layer;
  return after >= 0 && after % window.every == 0 ? window.width : 0;
}

DecoderSpec describe(const ConfigReader& config) {
  const Architecture& architecture = find_architecture(config);
  DecoderSpec spec = architecture.describe(config);
  check_layer_types(spec, config);
  config.refuse_unread_keys();
  check_sizes(spec, config);
  return spec;
}

DecoderSpec describe(const Checkpoint& checkpoint) {
  DecoderSpec spec = describe(checkpoint.config());
  spell_as_in_files(spec, checkpoint);
  return spec;
}

bool is_gated(const DecoderSpec& spec) {
  return !spec.names.gate.empty() || !spec.names.gate_up.empty();
}

std::vector<std::string> implemented_architectures() {
  std::vector<std::string> names;
  for (const Architecture& architecture : kArchitectures) names.emplace_back(architecture.name);
  return names;
}

}  // namespace verdict
