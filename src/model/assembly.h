// A model's parameters while the blocks of its files come in.
#pragma once

#include <ATen/ATen.h>
#include <c10/core/Event.h>

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/staging.h"
#include "verdict/checkpoint/read_plan.h"
#include "verdict/model/ops.h"
#include "verdict/model/weight_arena.h"
#include "verdict/model/weights.h"

namespace verdict {

// Parameters by their engine name. A parameter gets its place when its first element comes and its
// final form with its last, so that what waits to be reordered by oneDNN is never more than what it
// will be, but for one parameter.
class Assembly {
 public:
  // The names of the plan; and "head" where a tied head is a copy of its own.
  Assembly(const Checkpoint& checkpoint, const DecoderSpec& spec, const ShardPlan& plan,
           WeightArenas& arenas, const LoadOptions& options);

  // Copies this rank's part of a block. On a GPU they may still be under way.
  void take(size_t block, std::span<const std::byte> bytes,
            std::span<const BlockElements> elements);
  // The copies of the block before are done. At most one block later than its take().
  void settle(size_t block) const;

  // What has come. Throws SystemError(internal) if something of it has not.
  [[nodiscard]] bool has(const std::string& name) const { return places_.contains(name); }
  [[nodiscard]] at::Tensor tensor(const std::string& name) const;
  [[nodiscard]] ops::Linear linear(const std::string& name) const;  // Without its bias.

 private:
  struct Param {
    const ParamPlan* plan = nullptr;
    at::ScalarType stored = at::kFloat;
    at::ScalarType dtype = at::kFloat;
    int64_t product_rows = 0;  // Of the products that it is an operand of; 0: it is none.
    uint64_t missing = 0;      // Elements.
    at::Tensor values{};
    std::unique_ptr<Staging> staging{};  // Of values that will be reordered.
    ops::Linear linear{};
  };

  void add(const std::string& name, const ParamPlan& plan, at::ScalarType dtype,
           int64_t product_rows);
  void place(Param& param);
  void copy(const BlockCopy& copy, std::span<const std::byte> bytes);
  void finish(Param& param);
  [[nodiscard]] const Param& complete(const std::string& name) const;

  const Checkpoint& checkpoint_;
  const LoadOptions& options_;
  bool plain_ = false;  // Products take the weights as they are.
  WeightArena* arena_ = nullptr;
  std::vector<Param> params_{};
  std::map<std::string, size_t> places_{};
  std::optional<CopyPlan> copies_{};
  std::unique_ptr<Staging> spare_{};
  size_t largest_spare_ = 0;  // Bytes; more is given back at once.
  std::vector<std::byte> aligned_{};
  std::array<std::optional<c10::Event>, 2> events_{};  // On a GPU, of even and odd blocks.
};

}  // namespace verdict
