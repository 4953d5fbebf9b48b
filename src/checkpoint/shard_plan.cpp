#include "verdict/checkpoint/shard_plan.h"

#include "checkpoint/qkv_rows.h"

namespace verdict {
namespace {

Range times(Range range, int64_t factor) { return {range.begin * factor, range.end * factor}; }

int64_t total(const std::vector<ModuleRows>& parts) {
  int64_t rows = 0;
  for (const ModuleRows& part : parts) rows += part.rows.size();
  return rows;
}

class PlanBuilder {
 public:
  PlanBuilder(const DecoderSpec& spec, ShardPlan& plan) : spec_(spec), plan_(plan) {}

  // A table [rows, D] of which this rank takes some.
  void add_rows_of_table(const std::string& name, const std::string& module, Range rows) {
    if (!module.empty()) {
      add({.name = name,
           .shape = {rows.size(), spec_.hidden},
           .parts = {{.tensor = module + ".weight", .dim = 0, .range = rows}}});
    }
  }
  // Elements of a vector.
  void add_vector(const std::string& name, const std::string& tensor, Range elements) {
    add({.name = name,
         .shape = {elements.size()},
         .parts = {{.tensor = tensor, .dim = 0, .range = elements}}});
  }
  void add_norm(const std::string& name, const std::string& module, Range elements) {
    if (module.empty()) return;
    add_vector(name, module + ".weight", elements);
    if (spec_.norm_bias) add_vector(name + "_bias", module + ".bias", elements);
  }
  void add_column_parallel(const std::string& name, const std::vector<ModuleRows>& parts,
                           bool bias);
  void add_row_parallel(const std::string& name, const std::string& module, Range columns,
                        bool bias);
  void add_layer(int64_t layer);

 private:
  void add(ParamPlan param) { plan_.params.push_back(std::move(param)); }
  const DecoderSpec& spec_;
  ShardPlan& plan_;
};

// The rows of a product's output that are this rank's; the bias takes the same rows.
void PlanBuilder::add_column_parallel(const std::string& name, const std::vector<ModuleRows>& parts,
                                      bool bias) {
  ParamPlan weight{.name = name,
                   .shape = {total(parts), spec_.hidden},
                   .parts = {},
                   .transposed = spec_.transposed};
  ParamPlan added{.name = name + "_bias", .shape = {total(parts)}};
  for (const ModuleRows& part : parts) {
    weight.parts.push_back(
        {.tensor = part.module + ".weight", .dim = spec_.transposed ? 1 : 0, .range = part.rows});
    added.parts.push_back({.tensor = part.module + ".bias", .dim = 0, .range = part.rows});
  }
  add(std::move(weight));
  if (bias) add(std::move(added));
}

// The columns that meet this rank's part of the input. The bias is whole: it is added once, after
// the sum over ranks.
void PlanBuilder::add_row_parallel(const std::string& name, const std::string& module,
                                   Range columns, bool bias) {
  add({.name = name,
       .shape = {spec_.hidden, columns.size()},
       .parts = {{.tensor = module + ".weight", .dim = spec_.transposed ? 0 : 1, .range = columns}},
       .transposed = spec_.transposed});
  if (bias) add_vector(name + "_bias", module + ".bias", {0, spec_.hidden});
}

void PlanBuilder::add_layer(int64_t layer) {
  const Names& n = spec_.names;
  const auto in_file = [&](const std::string& pattern) { return layer_name(pattern, layer); };
  const std::string prefix = "layers." + std::to_string(layer) + ".";
  const Range d{0, spec_.hidden};
  const bool whole = spec_.qk_norm == QkNorm::whole;
  const Range one_head{0, spec_.head_dim};
  const Range q = times(plan_.heads.q, spec_.head_dim);
  const Range kv = times(plan_.heads.kv, spec_.head_dim);

  add_norm(prefix + "norm1", in_file(n.norm1), d);
  add_norm(prefix + "norm2", in_file(n.norm2), d);
  add_norm(prefix + "post_attn_norm", in_file(n.post_attn_norm), d);
  add_norm(prefix + "post_mlp_norm", in_file(n.post_mlp_norm), d);
  add_norm(prefix + "q_norm", in_file(n.q_norm), whole ? q : one_head);
  add_norm(prefix + "k_norm", in_file(n.k_norm), whole ? kv : one_head);
  add_column_parallel(prefix + "qkv", qkv_rows(spec_, layer, plan_.heads), spec_.qkv_bias);
  add_row_parallel(prefix + "attn_out", in_file(n.attn_out), q, spec_.out_bias);
  add_column_parallel(prefix + "gate_up", mlp_rows(spec_, layer, plan_.mlp), spec_.mlp_bias);
  add_row_parallel(prefix + "down", in_file(n.down), plan_.mlp, spec_.mlp_bias);
}

}  // namespace

ShardPlan make_shard_plan(const DecoderSpec& spec, int rank, int tp) {
  ShardPlan plan{.rank = rank,
                 .tp = tp,
                 .heads = head_shard(spec.heads, spec.kv_heads, rank, tp),
                 .mlp = mlp_shard(spec, rank, tp),
                 .vocab = vocab_shard(spec, rank, tp)};
  PlanBuilder builder(spec, plan);
  const Range d{0, spec.hidden};
  builder.add_rows_of_table("embed", spec.names.embed, plan.vocab);
  builder.add_rows_of_table("pos_embed", spec.names.pos_embed, {0, spec.max_pos + spec.pos_offset});
  builder.add_norm("embed_norm", spec.names.embed_norm, d);
  for (int64_t i = 0; i < spec.layers; ++i) builder.add_layer(i);
  builder.add_norm("final_norm", spec.names.final_norm, d);
  if (!spec.tied_head) builder.add_rows_of_table("lm_head", spec.names.lm_head, plan.vocab);
  if (spec.head_bias) {
    builder.add_vector("lm_head_bias", spec.names.lm_head + ".bias", plan.vocab);
  }
  return plan;
}

uint64_t param_elements(const ParamPlan& param) {
  uint64_t elements = 1;
  for (const int64_t n : param.shape) elements *= static_cast<uint64_t>(n);
  return elements;
}

uint64_t param_elements(const ShardPlan& plan) {
  uint64_t elements = 0;
  for (const ParamPlan& param : plan.params) elements += param_elements(param);
  return elements;
}

}  // namespace verdict
