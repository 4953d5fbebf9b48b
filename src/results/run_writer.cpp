#include "results/results_columns.h"
#include "results/results_writer.h"

namespace verdict {
namespace {

using Axes = std::vector<std::string>;

void write_ranks(TableWriter& table, const std::vector<RankInformation>& ranks) {
  const Axes axes{"rank"};
  table.add_axis<int64_t>({"rank", "MPI rank"}, column(ranks, &RankInformation::rank));
  table.add<std::string>({"rank_host", "host of the rank"}, axes,
                         column(ranks, &RankInformation::host));
  table.add<std::string>({"rank_device", "GPU or CPU of the rank"}, axes,
                         column(ranks, &RankInformation::device));
  table.add<std::string>({"rank_gpu_uuid", "UUID of the rank's GPU"}, axes,
                         column(ranks, &RankInformation::gpu_uuid));
}

void write_units(TableWriter& table, const std::vector<UnitInformation>& units) {
  const Axes axes{"unit"};
  std::vector<int64_t> numbers;
  for (size_t i = 0; i < units.size(); ++i) numbers.push_back(static_cast<int64_t>(i));
  table.add_axis<int64_t>({"unit", "finished piece of work"}, numbers);
  table.add<int64_t>({"unit_uid", "uid of the candidate"}, axes,
                     column(units, &UnitInformation::uid));
  table.add<std::string>({"unit_competition", "competition of the unit"}, axes,
                         column(units, &UnitInformation::competition));
  table.add<std::string>({"unit_task", "task of the unit"}, axes,
                         column(units, &UnitInformation::task));
  table.add<int64_t>({"unit_first_sample", "first sample of the unit"}, axes,
                     column(units, &UnitInformation::first_sample));
  table.add<int64_t>({"unit_samples", "samples of the unit"}, axes,
                     column(units, &UnitInformation::samples));
  table.add<int64_t>({"unit_leader_rank", "rank that led the group"}, axes,
                     column(units, &UnitInformation::leader_rank));
  table.add<double>({"unit_load_seconds", "time to load the model", "s"}, axes,
                    column(units, &UnitInformation::load_seconds));
  table.add<double>({"unit_compute_seconds", "time to compute the losses", "s"}, axes,
                    column(units, &UnitInformation::compute_seconds));
}

void write_hashes(TableWriter& table, const RunInformation& run) {
  table.add_axis<std::string>({"shard", "path of the shard"},
                              column(run.shard_sha256, &NamedText::name));
  table.add<std::string>({"shard_sha256", "SHA-256 of the token stream"}, {"shard"},
                         column(run.shard_sha256, &NamedText::text));
  table.add_axis<std::string>({"model", "model, as uid:repository"},
                              column(run.model_sha256, &NamedText::name));
  table.add<std::string>({"model_sha256", "SHA-256 of the model's files"}, {"model"},
                         column(run.model_sha256, &NamedText::text));
}

}  // namespace

void write_run(Hdf5Group group, const RunInformation& run) {
  TableWriter table(std::move(group));
  table.group().set_attribute<std::string>("loss_definition", run.loss_definition);
  for (const NamedText& text : run.texts) table.add_text({text.name, text.name}, text.text);
  write_ranks(table, run.ranks);
  write_units(table, run.units);
  write_hashes(table, run);
}

}  // namespace verdict
