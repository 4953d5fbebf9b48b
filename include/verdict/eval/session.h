// A model on a group of ranks: opened, checked, loaded, and asked for the losses of rows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "verdict/comm/group.h"
#include "verdict/core/range.h"
#include "verdict/eval/generation.h"
#include "verdict/eval/loss.h"
#include "verdict/eval/model_loader.h"
#include "verdict/eval/numerics.h"

namespace verdict {

class ModelSession {
 public:
  // Collective over the group. Throws the same ModelError on all of its ranks if the model is bad
  // on any of them.
  static ModelSession load(const SessionOptions& options, const Group& group);
  // The same with what each rank has read before, from `options`.
  static ModelSession adopt(LoadedModel loaded, const SessionOptions& options, const Group& group);

  // Losses of `samples`, in order. Collective over the group. Only the leader's `tokens_of` is
  // called: sample -> tokens [L]. `samples.begin` must be a multiple of the micro-batch. Throws the
  // same ModelError on all ranks if a loss is not finite, naming the sample and the layer, and
  // SystemError(bad_data) for an id beyond the model's vocabulary.
  using TokensOf = std::function<std::vector<uint32_t>(int64_t sample)>;
  [[nodiscard]] std::vector<RowLoss> score(Range samples, const TokensOf& tokens_of);

  // What the model says after the first tokens of rows, all of them in one batch. Collective over
  // the group.
  struct Asked {
    int64_t prompts = 0;
    int64_t prompt_tokens = 0;  // At most: rows, or the learned positions, may have fewer.
    int64_t tokens = 0;         // After each prompt.
  };
  struct Said {
    int64_t prompt_tokens = 0;
    std::vector<std::vector<int64_t>> tokens{};  // [prompts][tokens]
  };
  // Only the leader's `row_of` is called: prompt -> the row's tokens [L]. Throws as score; the
  // ModelError names the prompt and the step.
  [[nodiscard]] Said say(const Asked& asked, const TokensOf& row_of);

  [[nodiscard]] int64_t vocabulary() const { return decoder_->spec().vocab; }
  [[nodiscard]] double load_seconds() const { return load_seconds_; }
  [[nodiscard]] const ops::Workspace& workspace() const { return workspace_; }

 private:
  ModelSession(const Group& group, Numerics numerics, int64_t length)
      : group_(group), numerics_(std::move(numerics)), length_(length) {}
  [[nodiscard]] at::Tensor batch_tokens(const std::vector<int64_t>& samples,
                                        const TokensOf& tokens_of) const;
  [[nodiscard]] int64_t prompt_length(const Asked& asked) const;
  void require_finite(const std::vector<RowLoss>& losses, const std::vector<int64_t>& samples,
                      int64_t valid, const at::Tensor& tokens);

  const Group& group_;
  Numerics numerics_;
  int64_t length_;
  LossOptions loss_{};
  std::unique_ptr<Decoder> decoder_{};
  ops::Workspace workspace_{};
  double load_seconds_ = 0;
};

}  // namespace verdict
