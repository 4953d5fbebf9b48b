// Answers lines "operator bits bits" with the bits of the result, for the oracle to compare.
#include <iostream>

#include "verdict/consensus/fixed.h"

int main() {
  using verdict::Fixed;
  char operation = 0;
  int64_t left = 0;
  int64_t right = 0;
  while (std::cin >> operation >> left >> right) {
    const Fixed a = Fixed::from_bits(left);
    const Fixed b = Fixed::from_bits(right);
    const Fixed result = operation == '+'   ? a + b
                         : operation == '-' ? a - b
                         : operation == '*' ? a * b
                         : operation == '/' ? a / b
                                            : verdict::clamped_exp(a);
    std::cout << result.bits() << "\n";
  }
}
