// Small models and files for the tests of this module.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "verdict/checkpoint/decoder_spec.h"
#include "verdict/checkpoint/safetensors.h"
#include "verdict/checkpoint/synth.h"
#include "verdict/core/error.h"

namespace verdict::testing_support {

// A folder that disappears with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "verdict-checkpoint-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_{};
};

inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// What a ModelError says; "accepted" without one.
template <typename Action>
std::string refusal(Action action) {
  try {
    action();
  } catch (const ModelError& e) {
    return e.what();
  }
  return "accepted";
}

// A safetensors file: the length, the header as given, and that many bytes of data.
inline std::string safetensors_file(const std::string& header, const std::string& data) {
  std::string file(8, '\0');
  for (size_t i = 0; i < 8; ++i) file[i] = static_cast<char>((header.size() >> (8 * i)) & 0xFFU);
  return file + header + data;
}

// The config of a Llama whose sizes all differ: D 24, H 4, K 2, E 10 (H·E ≠ D), F 37, V 101, 2
// layers.
inline nlohmann::json llama_config() {
  return nlohmann::json::parse(R"({
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 101, "hidden_size": 24,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 10,
    "intermediate_size": 37, "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "hidden_act": "silu",
    "rope_theta": 10000.0, "tie_word_embeddings": false, "torch_dtype": "float32"})");
}

inline void write_llama(const std::filesystem::path& out,
                        const nlohmann::json& config = llama_config(),
                        uint64_t max_shard_bytes = uint64_t{1} << 30) {
  write_synthetic_model(
      config.dump(),
      {.out = out, .seed = 7, .dtype = DType::f32, .max_shard_bytes = max_shard_bytes});
}

}  // namespace verdict::testing_support
