#include "verdict/eval/session.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "verdict/core/error.h"
#include "verdict/data/micro_batch.h"

namespace verdict {
ModelSession ModelSession::load(const SessionOptions& options, const Group& group) {
  return adopt(read_model(options, group.rank(), group.size()), options, group);
}

ModelSession ModelSession::adopt(LoadedModel loaded, const SessionOptions& options,
                                 const Group& group) {
  ModelSession session(group, options.numerics, options.length);
  session.load_seconds_ = loaded.load_seconds;
  std::optional<std::string> problem = std::move(loaded.problem);
  if (!problem) {
    try {
      session.loss_.chunk_rows = loaded.head_chunk_rows;
      session.decoder_ =
          std::make_unique<Decoder>(std::move(loaded.spec), loaded.plan, std::move(loaded.weights),
                                    *group.tensors, options.length);
    } catch (const ModelError& e) {
      problem = e.what();
    }
  }
  agree(group.control, problem);
  return session;
}

// The leader's rows on every rank: [B, L] int64.
at::Tensor ModelSession::batch_tokens(const std::vector<int64_t>& samples,
                                      const TokensOf& tokens_of) const {
  const auto batch = static_cast<int64_t>(samples.size());
  at::Tensor tokens = at::empty({batch, length_}, at::kLong);
  if (group_.leader()) {
    int64_t* out = tokens.mutable_data_ptr<int64_t>();
    for (const int64_t sample : samples) {
      const std::vector<uint32_t> row = tokens_of(sample);
      if (static_cast<int64_t>(row.size()) != length_) {
        throw SystemError("sample " + std::to_string(sample) + " has " +
                          std::to_string(row.size()) + " tokens, expected " +
                          std::to_string(length_));
      }
      for (const uint32_t id : row) {
        if (id >= decoder_->spec().vocab) {
          throw SystemError(ExitCode::bad_data, "sample " + std::to_string(sample) +
                                                    " holds the id " + std::to_string(id) +
                                                    ", the model's vocabulary has " +
                                                    std::to_string(decoder_->spec().vocab));
        }
        *out++ = id;
      }
    }
  }
  tokens = tokens.to(decoder_->device());
  group_.tensors->broadcast(tokens, 0, {});
  return tokens;
}

void ModelSession::require_finite(const std::vector<RowLoss>& losses,
                                  const std::vector<int64_t>& samples, int64_t valid,
                                  const at::Tensor& tokens) {
  for (int64_t i = 0; i < valid; ++i) {
    const auto index = static_cast<size_t>(i);
    if (std::isfinite(losses[index].nll)) continue;
    // Every rank sees the same losses, so every rank takes this way.
    const std::string layer = decoder_->first_non_finite_layer(tokens, workspace_);
    throw ModelError("sample " + std::to_string(samples[index]) + ": " +
                     (layer.empty() ? "the logits are not finite"
                                    : "the output of " + layer + " is not finite"));
  }
}

// Where positions are learned, a prompt leaves room for what is said after it.
int64_t ModelSession::prompt_length(const Asked& asked) const {
  const int64_t wanted = std::min(asked.prompt_tokens, length_);
  const DecoderSpec& spec = decoder_->spec();
  if (spec.pos != Position::learned) return wanted;
  return std::max<int64_t>(1, std::min(wanted, spec.max_pos - asked.tokens + 1));
}

ModelSession::Said ModelSession::say(const Asked& asked, const TokensOf& row_of) {
  std::vector<int64_t> rows(static_cast<size_t>(asked.prompts));
  std::iota(rows.begin(), rows.end(), 0);
  Said said{.prompt_tokens = prompt_length(asked)};
  const at::Tensor prompts =
      batch_tokens(rows, row_of).narrow(1, 0, said.prompt_tokens).contiguous();
  const Generation made = generate(
      *decoder_, prompts, {.tokens = asked.tokens, .chunk_rows = loss_.chunk_rows}, workspace_);
  const int64_t* token = made.tokens.const_data_ptr<int64_t>();
  for (int64_t p = 0; p < asked.prompts; ++p, token += asked.tokens)
    said.tokens.emplace_back(token, token + asked.tokens);
  return said;
}

std::vector<RowLoss> ModelSession::score(Range samples, const TokensOf& tokens_of) {
  std::vector<RowLoss> all;
  for (const MicroBatch& batch : micro_batches(samples, numerics_.micro_batch)) {
    const at::Tensor tokens = batch_tokens(batch.samples, tokens_of);
    std::vector<RowLoss> losses = score_rows(*decoder_, tokens, loss_, workspace_);
    require_finite(losses, batch.samples, batch.valid, tokens);
    losses.resize(static_cast<size_t>(batch.valid));
    all.insert(all.end(), losses.begin(), losses.end());
  }
  return all;
}

}  // namespace verdict
