// A small result: two competitions, every status, text that is not ASCII.
#pragma once

#include <cmath>

#include "verdict/results/content.h"

namespace verdict {

// Model m in task t on sample s: any numbers that tell the three apart.
inline double sample_nll(size_t m, size_t t, size_t s) {
  return 10.0 + static_cast<double>(m) + 0.1 * static_cast<double>(t) +
         0.01 * static_cast<double>(s);
}

inline TaskTable sample_task(size_t t, size_t models, size_t samples) {
  TaskTable task{.name = t == 0 ? "fineweb" : "code", .weight = t == 0 ? 0.75 : 0.25};
  task.shard_names = {"a.h5", "b.h5"};
  for (size_t s = 0; s < samples; ++s) {
    task.tokens.push_back(7);
    task.row.push_back(static_cast<int64_t>(s + 1));
    task.shard.push_back(static_cast<int64_t>(s % 2));
    task.row_hash.push_back(0xFFFFFFFFFFFFFF00U + s);
  }
  for (size_t m = 0; m < models; ++m) {
    std::vector<double> row;
    for (size_t s = 0; s < samples; ++s) row.push_back(m < 2 ? sample_nll(m, t, s) : kMissing);
    task.nll_sum_nat.push_back(row);
  }
  return task;
}

inline ModelResult sample_model(size_t m, size_t models, size_t samples) {
  ModelResult model{.uid = static_cast<int64_t>(10 + m), .repo = "ns/model-" + std::to_string(m)};
  model.status = m < 2 ? Status::ok : static_cast<Status>(m - 1);
  const bool ok = m < 2;
  for (size_t t = 0; t < 2; ++t) {
    const double loss = 1.5 + static_cast<double>(m) / 1000 + static_cast<double>(t);
    TaskResult task;
    if (ok) {
      task = {.loss_nat = loss,
              .loss_stderr_nat = 0.25,
              .perplexity = std::exp(loss),
              .nll_sum_nat = loss * 7 * static_cast<double>(samples),
              .tokens = 7 * static_cast<int64_t>(samples),
              .bits_per_byte = 0.5};
    }
    model.tasks.push_back(task);
  }
  model.duels.resize(models);
  if (!ok) return model;
  model.score = 1.75 + static_cast<double>(m) / 1000;
  model.score_stderr = 0.125;
  model.competitive = true;
  model.wins = m == 0 ? 1 : 0;
  model.win_rate = m == 0 ? 1 : 0;
  model.step_weight = m == 0 ? 1 : 0;
  model.ema = m == 0 ? 0.5 : 0;
  model.duels[1 - m] = {.won = m == 0,
                        .epsilon = 0.005,
                        .score_difference = m == 0 ? -0.001 : 0.001,
                        .score_difference_stderr = 0.0004};
  return model;
}

// Two good models and one of each way to fail.
inline CompetitionResult sample_competition() {
  constexpr size_t kModels = 2 + kStatusNames.size() - 1;
  constexpr size_t kSamples = 3;
  CompetitionResult c{.id = 4, .name = "14B", .reward = 0.3, .numerics = R"({"dtype":"float32"})"};
  for (size_t t = 0; t < 2; ++t) c.tasks.push_back(sample_task(t, kModels, kSamples));
  for (size_t m = 0; m < kModels; ++m) c.models.push_back(sample_model(m, kModels, kSamples));
  c.generation.prompts = {"fineweb/0", "fineweb/1"};
  for (size_t m = 0; m < kModels; ++m) {
    const bool spoke = m < 2;
    const double id = spoke ? 100.0 * static_cast<double>(m) : kMissing;
    c.generation.prompt_tokens.push_back(spoke ? 100 : kMissing);
    c.generation.ids.push_back({{id, id + 1, id + 2}, {id + 3, id + 4, id + 5}});
  }
  c.winner_uid = 10;
  c.runner_up_uid = 11;
  c.margin = 0.001;
  c.margin_stderr = 0.0004;
  c.too_close_to_call = true;
  return c;
}

inline RunInformation sample_run() {
  RunInformation run;
  run.loss_definition = "no BOS in front; window = row; positions 1 to L - 1 count";
  run.texts = {{"competitions", "uids = 256\n\tname = \"ü\"\n"},
               {"command_line", "verdict evaluate"},
               {"job_id", ""}};
  run.ranks = {{.rank = 0, .host = "n1", .device = "CPU"},
               {.rank = 1, .host = "n2", .device = "NVIDIA H100", .gpu_uuid = "GPU-1"}};
  run.units = {{.uid = 10,
                .competition = "14B",
                .task = "code",
                .first_sample = 0,
                .samples = 3,
                .leader_rank = 1,
                .load_seconds = 1.5,
                .compute_seconds = 2.5}};
  run.shard_sha256 = {{"data/a.h5", std::string(64, 'a')}, {"data/b.h5", std::string(64, 'b')}};
  run.model_sha256 = {{"10:ns/model-0", std::string(64, 'c')}};
  return run;
}

inline ResultsContent sample_content() {
  ResultsContent content{
      .block = 5433000,
      .block_hash = "0x5f",
      .seed = std::string(64, '5'),
      .rules = "hardened",
      .candidates = {},
      .competitions = {sample_competition(), {.id = 5, .name = "empty", .reward = 0.1}},
      .subnet_weight = std::vector<double>(16, 0.0),
      .subnet_weight_u16 = std::vector<uint16_t>(16, 0),
      .run = sample_run()};
  for (const ModelResult& model : content.competitions[0].models) {
    content.candidates.push_back(
        {.uid = model.uid,
         .hotkey = "5F" + std::to_string(model.uid),
         .repo = model.repo,
         .commit = std::string(40, 'd'),
         .competition = 4,
         .block = 5400000 + model.uid,
         .score = model.score,
         .status = model.status,
         .reason = model.status == Status::ok ? "" : "größer als erlaubt"});
  }
  content.subnet_weight[10] = 1.0;
  content.subnet_weight_u16[10] = 65535;
  return content;
}

}  // namespace verdict
