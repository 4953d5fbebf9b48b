#include <limits>

#include "verdict/checkpoint/tensor_check.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

class TensorList {
 public:
  explicit TensorList(const DecoderSpec& spec) : spec_(spec) {}

  void add_embedding(const std::string& module, int64_t rows) {
    if (!module.empty()) add(module + ".weight", {rows, spec_.hidden}, TensorRole::embedding);
  }
  void add_linear(const std::string& module, int64_t out, int64_t in, bool bias) {
    if (module.empty()) return;
    const auto shape = spec_.transposed ? std::vector{in, out} : std::vector{out, in};
    add(module + ".weight", shape, TensorRole::linear);
    if (bias) add(module + ".bias", {out}, TensorRole::bias);
  }
  void add_norm(const std::string& module, int64_t width) {
    if (module.empty()) return;
    add(module + ".weight", {width}, TensorRole::norm);
    if (spec_.norm_bias) add(module + ".bias", {width}, TensorRole::bias);
  }
  void add_head();
  void add_layer(int64_t layer);
  [[nodiscard]] std::vector<ExpectedTensor> take() { return std::move(tensors_); }

 private:
  void add(const std::string& name, std::vector<int64_t> shape, TensorRole role) {
    tensors_.push_back({.name = name, .shape = std::move(shape), .role = role});
  }
  const DecoderSpec& spec_;
  std::vector<ExpectedTensor> tensors_{};
};

// A head is never transposed, as it may be the embedding.
void TensorList::add_head() {
  const std::string& module = spec_.names.lm_head;
  if (!spec_.tied_head) add(module + ".weight", {spec_.vocab, spec_.hidden}, TensorRole::linear);
  if (spec_.head_bias) add(module + ".bias", {spec_.vocab}, TensorRole::bias);
}

void TensorList::add_layer(int64_t layer) {
  const auto name = [&](const std::string& pattern) { return layer_name(pattern, layer); };
  const Names& n = spec_.names;
  const int64_t d = spec_.hidden;
  const int64_t q = spec_.heads * spec_.head_dim;
  const int64_t kv = spec_.kv_heads * spec_.head_dim;
  const bool whole = spec_.qk_norm == QkNorm::whole;
  for (const auto* norm : {&n.norm1, &n.norm2, &n.post_attn_norm, &n.post_mlp_norm}) {
    add_norm(name(*norm), d);
  }
  add_norm(name(n.q_norm), whole ? q : spec_.head_dim);
  add_norm(name(n.k_norm), whole ? kv : spec_.head_dim);
  add_linear(name(n.q), q, d, spec_.qkv_bias);
  add_linear(name(n.k), kv, d, spec_.qkv_bias);
  add_linear(name(n.v), kv, d, spec_.qkv_bias);
  add_linear(name(n.qkv), q + 2 * kv, d, spec_.qkv_bias);
  add_linear(name(n.attn_out), d, q, spec_.out_bias);
  add_linear(name(n.gate), spec_.ffn, d, spec_.mlp_bias);
  add_linear(name(n.up), spec_.ffn, d, spec_.mlp_bias);
  add_linear(name(n.gate_up), 2 * spec_.ffn, d, spec_.mlp_bias);
  add_linear(name(n.down), d, spec_.ffn, spec_.mlp_bias);
  for (const UnusedModule& module : spec_.unused) {
    if (module.linear) {
      add_linear(name(module.name), d, d, true);
    } else {
      add_norm(name(module.name), d);
    }
  }
}

}  // namespace

std::vector<ExpectedTensor> expected_tensors(const DecoderSpec& spec) {
  TensorList list(spec);
  list.add_embedding(spec.names.embed, spec.vocab);
  list.add_embedding(spec.names.pos_embed, spec.max_pos + spec.pos_offset);
  list.add_norm(spec.names.embed_norm, spec.hidden);
  for (int64_t i = 0; i < spec.layers; ++i) list.add_layer(i);
  list.add_norm(spec.names.final_norm, spec.hidden);
  list.add_head();
  return list.take();
}

std::set<std::string> ignored_tensors(const DecoderSpec& spec) {
  // The attention module is what the projections are members of: "…layers.0.self_attn".
  const std::string& member = spec.names.qkv.empty() ? spec.names.q : spec.names.qkv;
  const std::string attention = member.substr(0, member.rfind('.'));
  std::set<std::string> names;
  for (int64_t i = 0; i < spec.layers; ++i) {
    const std::string module = layer_name(attention, i);
    names.insert(module + ".rotary_emb.inv_freq");
    // The causal mask and its fill value, in GPT-2, GPT-J and GPT-NeoX.
    if (module.ends_with(".attn") || module.ends_with(".attention")) {
      names.insert(module + ".bias");
      names.insert(module + ".masked_bias");
    }
  }
  return names;
}

int64_t parameter_count(const DecoderSpec& spec) {
  __extension__ using Wide = __int128;
  Wide total = 0;
  for (const ExpectedTensor& tensor : expected_tensors(spec)) {
    Wide elements = 1;
    for (const int64_t n : tensor.shape) elements *= n;
    total += elements;
  }
  if (total > Wide{std::numeric_limits<int64_t>::max()}) {
    throw ModelError("config.json: the model has more than 2^63 parameters");
  }
  return static_cast<int64_t>(total);
}

}  // namespace verdict
