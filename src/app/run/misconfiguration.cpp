#include "app/run/misconfiguration.h"

#include "verdict/checkpoint/projection_norms.h"
#include "verdict/competition/commitment.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

std::string shown(const std::optional<std::string>& part) { return part.value_or("None"); }

// What the two say differently.
std::string difference(const Candidate& candidate, const Commitment& c) {
  const auto differs = [](const std::string& what, const std::string& chain,
                          const std::string& file) {
    return "the commitment's " + what + " is '" + chain + "', the candidates file says '" + file +
           "'";
  };
  const std::string repo = c.name_space + "/" + c.name;
  if (repo != candidate.repo) return differs("repository", repo, candidate.repo);
  if (shown(c.commit) != candidate.commit)
    return differs("commit", shown(c.commit), candidate.commit);
  if (shown(c.secure_hash) != shown(candidate.secure_hash))
    return differs("secure hash", shown(c.secure_hash), shown(candidate.secure_hash));
  if (c.competition != candidate.competition)
    return differs("competition", std::to_string(c.competition),
                   std::to_string(candidate.competition));
  return "";
}

}  // namespace

std::string commitment_problem(const Candidate& candidate, const Competition& competition,
                               int64_t block) {
  try {
    if (candidate.commitment) {
      const Commitment commitment = parse_commitment(*candidate.commitment);
      static_cast<void>(parse_repo_id(candidate.repo));
      if (const std::string text = difference(candidate, commitment); !text.empty()) return text;
    }
  } catch (const FormatError& e) {
    return e.what();
  }
  for (const int64_t at : {candidate.block, block}) {
    if (!is_scheduled(competition.schedule, at))
      return "competition " + competition.name + " is not scheduled at block " + std::to_string(at);
  }
  return "";
}

std::string hash_problem(const Candidate& candidate, const std::filesystem::path& model_root,
                         const KnownFileHash& known) {
  if (!candidate.secure_hash) return "";
  try {
    const std::string found =
        secure_hash(directory_hash(candidate.path, model_root, known), candidate.hotkey);
    if (found == *candidate.secure_hash) return "";
    return "secure hash: the files and the hotkey give " + found + ", committed is " +
           *candidate.secure_hash;
  } catch (const ModelError& e) {
    return std::string("secure hash: ") + e.what();
  }
}

std::string norms_problem(const Candidate& candidate, const Competition& competition,
                          const DecoderSpec& spec, const std::filesystem::path& model_root) {
  if (!competition.norms) return "";
  try {
    const Checkpoint checkpoint = Checkpoint::open(candidate.path, model_root);
    const std::string problem =
        norm_problem(projection_norms(checkpoint, spec), *competition.norms);
    return problem.empty() ? "" : "norms: " + problem;
  } catch (const ModelError& e) {
    return std::string("norms: ") + e.what();
  }
}

}  // namespace verdict
