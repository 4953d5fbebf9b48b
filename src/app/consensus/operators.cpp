#include "app/consensus/operators.h"

#include <algorithm>

#include "verdict/core/error.h"
#include "verdict/core/file.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

constexpr int64_t kLastUid = 65534;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& rule) {
  throw SystemError(ExitCode::bad_data, file.string() + ": " + rule);
}

Operators read_stakes(const std::filesystem::path& path) {
  const std::string text = read_text(path);
  try {
    return parse_operators(text);
  } catch (const FormatError& e) {
    refuse(path, e.what());
  }
}

PublishedWeights read_published(const std::filesystem::path& path) {
  PublishedWeights weights = read_weights(path);
  for (const int64_t uid : weights.uids) {
    if (uid < 0 || uid > kLastUid) {
      refuse(path, "uids: expected whole numbers from 0 to " + std::to_string(kLastUid) +
                       ", found " + std::to_string(uid));
    }
  }
  return weights;
}

StoredRow row_of(const PublishedWeights& weights) {
  StoredRow row;
  for (size_t i = 0; i < weights.uids.size(); ++i) {
    row.push_back(
        {static_cast<uint16_t>(weights.uids[i]), static_cast<uint16_t>(weights.weights[i])});
  }
  return row;
}

bool same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code error;
  return std::filesystem::equivalent(a, b, error);
}

}  // namespace

OperatorsInput read_operators(const std::filesystem::path& stakes,
                              const std::vector<std::filesystem::path>& files) {
  OperatorsInput input{.operators = read_stakes(stakes), .published = {}, .netuid = 0};
  std::vector<PublishedWeights> contents;
  for (const auto& file : files) {
    contents.push_back(read_published(file));
    if (contents.back().netuid != contents.front().netuid) {
      refuse(file, "netuid: expected " + std::to_string(contents.front().netuid) + " as in " +
                       files.front().string() + ", found " +
                       std::to_string(contents.back().netuid));
    }
  }
  input.netuid = contents.front().netuid;
  input.published.resize(input.operators.all.size());
  std::vector<bool> named(files.size());
  for (size_t i = 0; i < input.operators.all.size(); ++i) {
    Operator& op = input.operators.all[i];
    if (op.weights_file.empty()) continue;
    const auto path = resolve_beside(stakes, op.weights_file);
    const auto found = std::find_if(files.begin(), files.end(),
                                    [&](const auto& file) { return same_file(path, file); });
    if (found == files.end()) {
      refuse(stakes, "operators[" + std::to_string(i) +
                         "].weights: expected one of the files on the command line, found \"" +
                         printable(op.weights_file) + "\"");
    }
    const auto k = static_cast<size_t>(found - files.begin());
    named[k] = true;
    input.published[i] = contents[k];
    op.weights = row_of(contents[k]);
  }
  const auto unnamed = std::find(named.begin(), named.end(), false);
  if (unnamed != named.end()) {
    refuse(stakes, "operators: expected one whose weights are " +
                       files[static_cast<size_t>(unnamed - named.begin())].string() +
                       ", found none");
  }
  return input;
}

}  // namespace verdict
