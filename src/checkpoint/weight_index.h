// model.safetensors.index.json: which shard holds which tensor.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "verdict/checkpoint/checkpoint.h"

namespace verdict {

inline constexpr uint64_t kMaxIndexBytes = uint64_t{16} << 20;
inline constexpr size_t kMaxShards = 512;

// Names of tensors by file name.
using WeightIndex = std::map<std::string, std::set<std::string>, std::less<>>;

// File names are plain: [A-Za-z0-9._-]+.safetensors. Throws ModelError.
[[nodiscard]] WeightIndex parse_weight_index(std::string_view text, const std::string& file_name);

// Throws ModelError listing the tensors that the index and the headers do not agree on.
void check_weight_index(const WeightIndex& index, const TensorMap& tensors,
                        const std::vector<ModelFile>& files, const std::string& file_name);

}  // namespace verdict
