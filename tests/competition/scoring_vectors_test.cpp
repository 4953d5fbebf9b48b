// Every published vector, none skipped.
#include <gtest/gtest.h>

#include <set>

#include "competition/vector_functions.h"
#include "competition/vector_reader.h"

namespace verdict {
namespace {

using vectors::Function;

std::map<std::string, Function> all_functions() {
  std::map<std::string, Function> all = vectors::step_functions();
  all.merge(vectors::task_functions());
  all.merge(vectors::submission_functions());
  all.merge(vectors::weight_functions());
  return all;
}

bool refuses(const Function& function, const Json& vector) {
  try {
    function(vector);
  } catch (const std::runtime_error&) {  // FormatError, ModelError and SystemError are.
    return true;
  }
  return false;
}

TEST(ScoringVectors, EveryOneAgrees) {
  const std::map<std::string, Function> functions = all_functions();
  std::set<std::string> run;
  int agreed = 0;
  int refused = 0;
  const Json document = vectors::read("scoring_vectors.json");
  for (const Json& v : document["vectors"]) {
    SCOPED_TRACE(v["id"].get<std::string>());
    const auto fn = v["fn"].get<std::string>();
    ASSERT_TRUE(functions.contains(fn)) << fn;
    run.insert(fn);
    if (v["expected"].is_object() && v["expected"].contains("error")) {
      EXPECT_TRUE(refuses(functions.at(fn), v));
      ++refused;
    } else {
      functions.at(fn)(v);
      ++agreed;
    }
  }
  EXPECT_EQ(run.size(), functions.size());
  EXPECT_EQ(agreed, 142);
  EXPECT_EQ(refused, 16);
}

}  // namespace
}  // namespace verdict
