#include "results/table_reader.h"

namespace verdict {
namespace {

std::vector<RankInformation> read_ranks(TableReader& table) {
  const auto ranks = table.axis<int64_t>("rank");
  const auto hosts = table.column<std::string>("rank_host", {"rank"});
  const auto devices = table.column<std::string>("rank_device", {"rank"});
  const auto uuids = table.column<std::string>("rank_gpu_uuid", {"rank"});
  std::vector<RankInformation> rows;
  for (size_t i = 0; i < ranks.size(); ++i) {
    rows.push_back(
        {.rank = ranks[i], .host = hosts[i], .device = devices[i], .gpu_uuid = uuids[i]});
  }
  return rows;
}

std::vector<UnitInformation> read_units(TableReader& table) {
  const auto numbers = table.axis<int64_t>("unit");
  const auto integers = [&](const std::string& name) {
    return table.column<int64_t>(name, {"unit"});
  };
  const auto texts = [&](const std::string& name) {
    return table.column<std::string>(name, {"unit"});
  };
  const auto seconds = [&](const std::string& name) {
    return table.column<double>(name, {"unit"});
  };
  const auto uids = integers("unit_uid");
  const auto competitions = texts("unit_competition");
  const auto tasks = texts("unit_task");
  const auto first = integers("unit_first_sample");
  const auto samples = integers("unit_samples");
  const auto leaders = integers("unit_leader_rank");
  const auto load = seconds("unit_load_seconds");
  const auto compute = seconds("unit_compute_seconds");
  std::vector<UnitInformation> rows;
  for (size_t i = 0; i < numbers.size(); ++i) {
    rows.push_back({.uid = uids[i],
                    .competition = competitions[i],
                    .task = tasks[i],
                    .first_sample = first[i],
                    .samples = samples[i],
                    .leader_rank = leaders[i],
                    .load_seconds = load[i],
                    .compute_seconds = compute[i]});
  }
  return rows;
}

std::vector<NamedText> read_hashes(TableReader& table, const std::string& axis) {
  const auto names = table.axis<std::string>(axis);
  const auto hashes = table.column<std::string>(axis + "_sha256", {axis});
  std::vector<NamedText> rows;
  for (size_t i = 0; i < names.size(); ++i) rows.push_back({names[i], hashes[i]});
  return rows;
}

}  // namespace

RunInformation read_run(Hdf5Group from) {
  TableReader table(std::move(from));
  const Hdf5Group& group = table.group();
  RunInformation run;
  run.loss_definition = group.attribute<std::string>("loss_definition");
  for (const std::string& name : group.names()) {
    const Hdf5Dataset dataset = group.dataset(name);
    if (dataset.shape().empty()) run.texts.push_back({name, dataset.read<std::string>().front()});
  }
  run.ranks = read_ranks(table);
  run.units = read_units(table);
  run.shard_sha256 = read_hashes(table, "shard");
  run.model_sha256 = read_hashes(table, "model");
  return run;
}

}  // namespace verdict
