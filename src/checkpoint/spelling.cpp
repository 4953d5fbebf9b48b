#include "checkpoint/spelling.h"

#include <array>

namespace verdict {
namespace {

constexpr std::array kFields{
    &Names::embed,   &Names::pos_embed, &Names::embed_norm,    &Names::final_norm,
    &Names::lm_head, &Names::norm1,     &Names::norm2,         &Names::post_attn_norm,
    &Names::q_norm,  &Names::k_norm,    &Names::post_mlp_norm, &Names::q,
    &Names::k,       &Names::v,         &Names::qkv,           &Names::attn_out,
    &Names::gate,    &Names::up,        &Names::gate_up,       &Names::down,
};
// Every name is in the list above, or a new one would keep the first spelling.
static_assert(sizeof(Names) == kFields.size() * sizeof(std::string));

std::string respelled(const std::string& name, const OtherSpelling& other) {
  return name.starts_with(other.from) ? other.to + name.substr(other.from.size()) : name;
}

bool only_respelled(const std::string& module, const OtherSpelling& other,
                    const Checkpoint& checkpoint) {
  const std::string name = respelled(module, other);
  return name != module && checkpoint.find(name + ".weight") != nullptr &&
         checkpoint.find(module + ".weight") == nullptr;
}

}  // namespace

void spell_as_in_files(DecoderSpec& spec, const Checkpoint& checkpoint) {
  const OtherSpelling& other = spec.other_spelling;
  if (other.from.empty()) return;
  if (!only_respelled(spec.names.embed, other, checkpoint) &&
      !only_respelled(spec.names.lm_head, other, checkpoint)) {
    return;
  }
  for (std::string Names::*const field : kFields) {
    spec.names.*field = respelled(spec.names.*field, other);
  }
}

}  // namespace verdict
