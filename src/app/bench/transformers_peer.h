// The same work done by transformers in a process of its own, one round at a time, so that both can
// be measured in turn.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace verdict {

class TransformersPeer {
 public:
  struct Options {
    std::string python{};
    std::filesystem::path script{};
    std::filesystem::path model{};
    int threads = 1;
    std::string device = "cpu";  // cpu (float32) or cuda (bfloat16).
  };
  struct Round {
    double seconds = 0;
    double nll = 0;  // Summed over the row's targets, nat.
  };
  // Starts the process and waits until its model is loaded. Throws SystemError(usage) if it does
  // not come up.
  explicit TransformersPeer(const Options& options);
  ~TransformersPeer();
  TransformersPeer(const TransformersPeer&) = delete;
  TransformersPeer& operator=(const TransformersPeer&) = delete;

  [[nodiscard]] Round score(const std::vector<uint32_t>& tokens);
  [[nodiscard]] const std::string& version() const { return version_; }

 private:
  [[nodiscard]] std::string read_line();
  pid_t child_ = -1;
  FILE* to_child_ = nullptr;
  FILE* from_child_ = nullptr;
  std::string version_{};
};

}  // namespace verdict
