#include "verdict/checkpoint/memory.h"

#include <algorithm>
#include <limits>
#include <string>

#include "verdict/checkpoint/read_plan.h"
#include "verdict/checkpoint/shard_plan.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr int64_t kFastChunkRows = 128;
constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
// Far beyond every model, and the shard plan's own sums and products of two fit 64 bits.
constexpr int64_t kLargestSize = int64_t{1} << 40;

Wide wide(int64_t n) { return static_cast<Wide>(n); }

// a · b, where a may be saturated already.
Wide times(Wide a, Wide b) { return std::min<Wide>(std::min<Wide>(a, kMost) * b, kMost); }
uint64_t narrow(Wide bytes) { return static_cast<uint64_t>(std::min<Wide>(bytes, kMost)); }

Wide elements_of(const ParamPlan& param) {
  Wide elements = 1;
  for (const int64_t n : param.shape) elements = times(elements, wide(n));
  return elements;
}

// A plan of a single layer stands for all: they are alike, and there may be absurdly many.
// `head_bytes` of an element of the head; 0: of the body's, and a tied head is the embedding
// itself.
Wide weight_bytes(const ShardPlan& one_layer, const DecoderSpec& spec, int64_t bytes_per_element,
                  int64_t head_bytes) {
  Wide total = 0;
  for (const ParamPlan& param : one_layer.params) {
    const bool head = param.name == "lm_head";
    const Wide bytes =
        times(elements_of(param), wide(head && head_bytes > 0 ? head_bytes : bytes_per_element));
    total += param.name.starts_with("layers.") ? times(bytes, wide(spec.layers)) : bytes;
    if (spec.tied_head && param.name == "embed")
      total += times(elements_of(param), wide(head_bytes));
  }
  return total;
}

// Beyond what computing needs, which is `rest` with the weights: what waits to be reordered has its
// size, and one parameter exists in both forms for a moment, be it the last of the file.
Wide loading_bytes(const ShardPlan& one_layer, const DecoderSpec& spec, int64_t bytes_per_element,
                   Wide rest) {
  Wide largest = times(times(wide(one_layer.vocab.size()), wide(spec.hidden)), 4);  // The head.
  for (const ParamPlan& param : one_layer.params) {
    if (param.name.starts_with("layers."))
      largest = std::max(largest, times(elements_of(param), wide(bytes_per_element)));
  }
  return largest > rest ? largest - rest : 0;
}

const ParamPlan& param_of(const ShardPlan& plan, const std::string& name) {
  const auto found = std::ranges::find(plan.params, name, &ParamPlan::name);
  if (found == plan.params.end()) throw SystemError("the shard plan has no '" + name + "'");
  return *found;
}

// The blocked attention's scores and their soft-max, and its own keys and values, all in float32.
// Rows are computed one by one; a row has at most `tokens` tokens.
Wide blocked_attention_bytes(const DecoderSpec& spec, const HeadShard& heads, int64_t tokens) {
  const bool everywhere = spec.attn_softcap > 0;
  const bool narrow = spec.window.width > 0 && spec.window.width < tokens;
  if (!everywhere && !narrow) return 0;
  constexpr int64_t kBlock = 64;  // As kQueryBlock of verdict/model/attention.h.
  const bool in_all_layers = spec.window.first_layer == 0 && spec.window.every == 1;
  const bool whole_rows = everywhere && !(narrow && in_all_layers);
  const int64_t seen = whole_rows ? tokens : std::min(tokens, spec.window.width + kBlock - 1);
  const Wide scores = times(2 * wide(heads.q.size()) * wide(kBlock), wide(seen));
  const Wide copies = times(2 * wide(heads.kv.size()) * wide(spec.head_dim), wide(tokens));
  return times(scores + copies, 4);
}

Wide activation_bytes(const ShardPlan& one_layer, const DecoderSpec& spec, int tp, int64_t tokens,
                      int64_t bytes_per_element) {
  const Wide d = wide(spec.hidden);
  const Wide b = wide(bytes_per_element);
  const Wide qkv = wide(param_of(one_layer, "layers.0.qkv").shape[0]);
  const Wide q = wide(param_of(one_layer, "layers.0.attn_out").shape[1]);
  const Wide gate_up = wide(param_of(one_layer, "layers.0.gate_up").shape[0]);
  const Wide f = wide(param_of(one_layer, "layers.0.down").shape[1]);
  const Wide norm = 8 * d;
  const Wide sum = tp == 1 ? 0 : bytes_per_element == 4 ? 4 * d : 8 * d;
  const Wide attention = (qkv + 2 * q + d) * b + sum;
  const Wide mlp = (gate_up + f + d) * b + sum;
  const Wide blocked = blocked_attention_bytes(spec, one_layer.heads, tokens);
  return times(2 * d * b + std::max({norm, attention, mlp}), wide(tokens)) + blocked;
}

Wide cache_bytes(const HeadShard& heads, const DecoderSpec& spec, const GenerationSize& g,
                 int64_t bytes_per_element) {
  if (g.prompts == 0) return 0;
  const Wide positions = times(wide(g.prompt_tokens + g.tokens - 1), wide(g.prompts));
  const Wide a_position = times(2 * wide(heads.kv.size()) * wide(spec.head_dim),
                                wide(spec.layers) * wide(bytes_per_element));
  return times(a_position, positions);
}

bool is_absurd(const DecoderSpec& s) {
  return std::max({s.vocab, s.hidden, s.layers, s.heads, s.kv_heads, s.head_dim, s.ffn,
                   s.max_pos}) > kLargestSize ||
         wide(s.heads) * wide(s.head_dim) > wide(kLargestSize);
}

// Rows of float32 logits on the rank with the largest share of the vocabulary.
int64_t rows_that_fit(const DecoderSpec& spec, int tp, int64_t max_bytes) {
  int64_t widest = 1;
  for (int rank = 0; rank < tp; ++rank)
    widest = std::max(widest, vocab_shard(spec, rank, tp).size());
  return max_bytes / (widest * static_cast<int64_t>(sizeof(float)));
}

}  // namespace

uint64_t MemoryNeed::total() const {
  return narrow(Wide{weight_bytes} + activation_bytes + logits_bytes + cache_bytes + loading_bytes +
                program_bytes);
}

int64_t head_chunk_rows(const DecoderSpec& spec, int tp, int64_t max_bytes) {
  return std::clamp<int64_t>(rows_that_fit(spec, tp, max_bytes), 1, kFastChunkRows);
}

int64_t gpu_head_chunk_rows(const DecoderSpec& spec, int tp, int64_t max_bytes) {
  constexpr int64_t kTile = 128;
  const int64_t fitting = rows_that_fit(spec, tp, max_bytes);
  return std::max<int64_t>(fitting < kTile ? fitting : fitting / kTile * kTile, 1);
}

MemoryNeed memory_need(const DecoderSpec& spec, int tp, int64_t tokens_per_batch,
                       int64_t bytes_per_element, int64_t head_chunk_rows,
                       const GenerationSize& generation) {
  if (tp < 1 || bytes_per_element < 1 || tokens_per_batch < 0 || head_chunk_rows < 0) {
    throw SystemError("memory_need: tp " + std::to_string(tp) + ", " +
                      std::to_string(bytes_per_element) + " bytes per element, " +
                      std::to_string(tokens_per_batch) + " tokens, " +
                      std::to_string(head_chunk_rows) + " rows");
  }
  if (is_absurd(spec)) return {kMost, kMost, kMost, kMost, kMost, kMost};
  // A longrope generation may compute its rows anew.
  const bool anew = spec.rope.kind == Rope::Kind::longrope && generation.tokens > 0;
  const int64_t asked = generation.prompt_tokens + (anew ? generation.tokens - 1 : 0);
  const int64_t tokens = std::max(tokens_per_batch, generation.prompts * asked);
  DecoderSpec one_layer = spec;
  one_layer.layers = 1;
  const auto ring = static_cast<uint64_t>(cpu_ring_slots(tp)) * kReadBlockBytes;
  MemoryNeed most{.program_bytes = kProgramBytes + ring / static_cast<uint64_t>(tp)};
  const auto raise = [](uint64_t& part, Wide bytes) { part = std::max(part, narrow(bytes)); };
  for (int rank = 0; rank < tp; ++rank) {
    const ShardPlan plan = make_shard_plan(one_layer, rank, tp);
    const Wide weights = weight_bytes(plan, spec, bytes_per_element, 4);
    const Wide activations = activation_bytes(plan, spec, tp, tokens, bytes_per_element);
    const Wide logits = times(times(wide(plan.vocab.size()), wide(head_chunk_rows)), 4);
    const Wide cache = cache_bytes(plan.heads, spec, generation, bytes_per_element);
    raise(most.weight_bytes, weights);
    raise(most.activation_bytes, activations);
    raise(most.logits_bytes, logits);
    raise(most.cache_bytes, cache);
    raise(most.loading_bytes,
          loading_bytes(plan, spec, bytes_per_element, activations + logits + cache));
  }
  return most;
}

MemoryNeed gpu_memory_need(const DecoderSpec& spec, int tp, int64_t tokens_per_batch,
                           int64_t bytes_per_element, const GenerationSize& generation) {
  const int64_t chunk = is_absurd(spec) ? 1 : gpu_head_chunk_rows(spec, tp, kMaxGpuLogitsBytes);
  const int64_t rows = std::min(chunk, std::max(tokens_per_batch, generation.prompts));
  DecoderSpec on_gpu = spec;
  if (spec.pos == Position::alibi) on_gpu.attn_softcap = 1;  // There both go by blocks.
  MemoryNeed need = memory_need(on_gpu, tp, tokens_per_batch, bytes_per_element, rows, generation);
  if (is_absurd(spec)) return need;
  DecoderSpec one_layer = spec;
  one_layer.layers = 1;
  need.weight_bytes = 0;
  for (int rank = 0; rank < tp; ++rank) {
    const Wide weights =
        weight_bytes(make_shard_plan(one_layer, rank, tp), spec, bytes_per_element, 0);
    need.weight_bytes = std::max(need.weight_bytes, narrow(weights));
  }
  need.loading_bytes = 0;
  need.program_bytes = kGpuProgramBytes;
  return need;
}

}  // namespace verdict
