#include "checkpoint/qkv_rows.h"

namespace verdict {
namespace {

// Rows of one fused tensor, in units of heads. Neighbours become one range, so that they are read
// at once.
class FusedRows {
 public:
  FusedRows(std::string module, int64_t head_dim) : module_(std::move(module)), e_(head_dim) {}

  void add(Range heads) {
    const Range rows{heads.begin * e_, heads.end * e_};
    if (!parts_.empty() && parts_.back().rows.end == rows.begin) {
      parts_.back().rows.end = rows.end;
    } else {
      parts_.push_back({.module = module_, .rows = rows});
    }
  }
  void add_head(int64_t head) { add({head, head + 1}); }
  [[nodiscard]] std::vector<ModuleRows> take() { return std::move(parts_); }

 private:
  std::string module_;
  int64_t e_;
  std::vector<ModuleRows> parts_{};
};

Range moved(Range range, int64_t by) { return {range.begin + by, range.end + by}; }

}  // namespace

std::vector<ModuleRows> qkv_rows(const DecoderSpec& spec, int64_t layer, const HeadShard& mine) {
  const int64_t e = spec.head_dim;
  if (spec.fused == Fused::none) {
    const Range q{mine.q.begin * e, mine.q.end * e};
    const Range kv{mine.kv.begin * e, mine.kv.end * e};
    return {{.module = layer_name(spec.names.q, layer), .rows = q},
            {.module = layer_name(spec.names.k, layer), .rows = kv},
            {.module = layer_name(spec.names.v, layer), .rows = kv}};
  }
  FusedRows rows(layer_name(spec.names.qkv, layer), e);
  if (spec.fused == Fused::q_k_v) {
    rows.add(mine.q);
    rows.add(moved(mine.kv, spec.heads));
    rows.add(moved(mine.kv, spec.heads + spec.kv_heads));
    return rows.take();
  }
  // Per head is per group with one query head in each group: q, k, v, q, k, v, …
  const int64_t group = spec.heads / spec.kv_heads;
  const int64_t stride = group + 2;
  for (int64_t i = mine.q.begin; i < mine.q.end; ++i) {
    rows.add_head(i / group * stride + i % group);
  }
  for (int64_t j = mine.kv.begin; j < mine.kv.end; ++j) rows.add_head(j * stride + group);
  for (int64_t j = mine.kv.begin; j < mine.kv.end; ++j) rows.add_head(j * stride + group + 1);
  return rows.take();
}

std::vector<ModuleRows> mlp_rows(const DecoderSpec& spec, int64_t layer, Range mine) {
  const Names& n = spec.names;
  if (!n.gate_up.empty()) {
    const std::string module = layer_name(n.gate_up, layer);
    return {{.module = module, .rows = mine}, {.module = module, .rows = moved(mine, spec.ffn)}};
  }
  std::vector<ModuleRows> parts;
  if (!n.gate.empty()) parts.push_back({.module = layer_name(n.gate, layer), .rows = mine});
  parts.push_back({.module = layer_name(n.up, layer), .rows = mine});
  return parts;
}

}  // namespace verdict
