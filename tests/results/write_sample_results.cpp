// write_sample_results FILE: the sample of the tests as results.h5, for readers that are not ours.
#include <iostream>

#include "results/sample_content.h"
#include "verdict/results/results_file.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_sample_results FILE\n";
    return 64;
  }
  verdict::write_results(argv[1], verdict::sample_content());
  return 0;
}
