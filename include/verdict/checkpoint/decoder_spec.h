// What a decoder is, as plain data: sizes, choices and the names of its tensors. An architecture is
// a function from config.json to a DecoderSpec; the decoder switches on these values and never on a
// model's name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace verdict {

// rms rounds to the model's dtype before the product with the weight, rms_wide after it;
// rms_plus_one is rms_wide with weight + 1 (Gemma).
enum class Norm { rms, rms_wide, rms_plus_one, layer };
enum class Act { silu, gelu_tanh, gelu_erf };
enum class Position { rotary_half, rotary_interleaved, learned, alibi };
enum class Residual { sequential, parallel, post_norm };
enum class Fused { none, q_k_v, per_head, per_group };  // Rows of a fused query-key-value tensor.
enum class QkNorm { none, per_head, whole };            // Before the rotation.

// Names of checkpoint modules: ".weight" and, where the spec has a bias, ".bias" follow. "{}"
// stands for the layer index. An empty name: this part does not exist.
struct Names {
  std::string embed{}, pos_embed{}, embed_norm{}, final_norm{}, lm_head{};
  std::string norm1{}, norm2{}, post_attn_norm{}, post_mlp_norm{}, q_norm{}, k_norm{};
  std::string q{}, k{}, v{}, qkv{}, attn_out{};
  std::string gate{}, up{}, gate_up{}, down{};
};

// Sliding window: query i sees keys i − width + 1 … i. Width 0: full causal attention. It holds for
// the layers first_layer, first_layer + every, … (Gemma 2: every 2nd layer).
struct Window {
  int64_t width = 0;
  int64_t first_layer = 0;
  int64_t every = 1;
  friend bool operator==(const Window&, const Window&) = default;
};

// The width of a layer's window; 0: it sees all earlier keys.
[[nodiscard]] int64_t window_of(const Window& window, int64_t layer);

// Rotary frequencies (transformers modeling_rope_utils.py). `factor` is used by all kinds but
// plain and longrope; `low` and `high` by llama3 (low_freq_factor, high_freq_factor) and yarn
// (beta_slow, beta_fast); `original` by llama3, yarn and longrope
// (original_max_position_embeddings) and dynamic (max_position_embeddings).
struct Rope {
  enum class Kind { plain, linear, llama3, dynamic, yarn, longrope };
  double theta = 0;
  Kind kind = Kind::plain;
  double factor = 1;
  double low = 1;
  double high = 1;
  double original = 0;
  double amplitude = 1;  // Of cosine and sine (yarn, longrope: attention_factor).
  bool truncate = true;  // yarn rounds the ends of its ramp to whole dimensions.
  // longrope: a divisor for each pair of rotated dimensions, of rows of up to `original` tokens and
  // of longer ones.
  std::vector<double> short_factors{};
  std::vector<double> long_factors{};
  friend bool operator==(const Rope&, const Rope&) = default;
};

// A second accepted spelling: names that begin with `from` begin with `to` instead. Both empty:
// there is none.
struct OtherSpelling {
  std::string from{};
  std::string to{};
};

// A module of each layer that the file must hold, and that no forward pass reads: a linear [D, D]
// or a norm [D], with a bias.
struct UnusedModule {
  std::string name{};
  bool linear = true;
};

// Letters: D hidden, H heads, K kv_heads, E head_dim, F ffn, V vocab.
struct DecoderSpec {
  int64_t vocab = 0, hidden = 0, layers = 0, heads = 0, kv_heads = 0, head_dim = 0, ffn = 0;
  int64_t max_pos =
      0;  // Positions that the model was made for; a limit only where positions are learned.
  Norm norm = Norm::rms;
  double norm_eps = 0;
  Act act = Act::silu;
  Position pos = Position::rotary_half;
  int64_t rotary_dim = 0;  // Leading dimensions of each head that are rotated; even.
  Rope rope{};
  int64_t pos_offset = 0;  // Rows to skip in pos_embed.
  Residual residual = Residual::sequential;
  Fused fused = Fused::none;
  QkNorm qk_norm = QkNorm::none;
  bool transposed = false;  // Linear weights are stored [in, out].
  bool qkv_bias = false, out_bias = false, mlp_bias = false, head_bias = false, norm_bias = false;
  bool tied_head = false;  // The head's weight is the embedding's; names.lm_head then names a
                           // tensor that may be absent.
  double embed_scale = 1;
  bool embed_scale_rounded = false;  // To the dtype of the activations, before the product (Gemma).
  double attn_softcap = 0;           // 0: off.
  double logit_softcap = 0;          // 0: off.
  double query_scale = 0;            // 0: 1/sqrt(E).
  Window window{};
  Names names{};
  OtherSpelling other_spelling{};
  std::vector<UnusedModule> unused{};
};

// Gate and up are separate parts of the mlp, and not a plain one.
[[nodiscard]] bool is_gated(const DecoderSpec& spec);

// `pattern` with "{}" replaced by the layer's index.
[[nodiscard]] std::string layer_name(const std::string& pattern, int64_t layer);

}  // namespace verdict
