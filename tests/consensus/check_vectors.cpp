// Checks any files of the formats of yuma_vectors.json and yuma_cases.json: check_vectors FILE…
#include <iostream>

#include "consensus/checker.h"
#include "verdict/core/file.h"

int main(int argc, char** argv) {
  bool passed = argc > 1;
  for (int i = 1; i < argc; ++i) {
    verdict::vectors::Checker checker;
    check_document(verdict::parse_json(verdict::read_text(argv[i])), checker);
    for (const std::string& failure : checker.failures()) std::cout << failure << "\n";
    std::cout << argv[i] << ": " << checker.comparisons() << " comparisons, "
              << checker.failures().size() << " failed\n";
    passed = passed && checker.failures().empty() && checker.comparisons() > 0;
  }
  return passed ? 0 : 1;
}
