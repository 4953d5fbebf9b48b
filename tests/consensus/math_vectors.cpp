// Single functions of the chain's arithmetic.
#include <algorithm>
#include <functional>
#include <map>

#include "consensus/bonds.h"
#include "consensus/checker.h"
#include "consensus/median.h"
#include "consensus/stake.h"
#include "consensus/vector_reader.h"
#include "verdict/core/error.h"

namespace verdict::vectors {
namespace {

using Values = std::vector<Fixed>;

// The chain's gate for weights, made of the steps that it has there.
bool max_limited(const Json& args) {
  Values shares;
  for (const Json& value : args["v"]) shares.push_back(Fixed::whole(value.get<uint16_t>()));
  normalise(shares);
  const Fixed limit = share_from_u16(args["limit"].get<uint16_t>());
  return std::all_of(shares.begin(), shares.end(), [&](Fixed share) { return share <= limit; });
}

Values sigmoids(const Json& args) {
  const Fixed slope = fixed(args["rho"]) * Fixed::whole(-1);
  const Fixed kappa = fixed(args["kappa"]);
  Values results;
  for (const Fixed x : fixed_list(args["x"]))
    results.push_back(kOne / (clamped_exp(slope * (x - kappa)) + kOne));
  return results;
}

Fixed median(const Json& args) {
  Values stake = fixed_list(args["stake"]);
  if (args.value("normalize", false)) normalise(stake);
  return weighted_median(stake, fixed_list(args["score"]), kOne - fixed(args["majority"]));
}

// Ours is square: rows without stake have no vote, and columns without entries are cut off again.
Values medians(const Json& args) {
  const auto rows = args["rows"].get<size_t>();
  const size_t columns = args["weights"].size() / rows;
  SparseMatrix weights = sparse(args["weights"], rows);
  Values stake = fixed_list(args["stake"]);
  weights.resize(std::max(rows, columns));
  stake.resize(weights.size());
  Values results = column_medians(stake, weights, fixed(args["majority"]));
  results.resize(columns);
  return results;
}

Values interpolation(const Json& args) {
  const auto rows = args["rows"].get<size_t>();
  return flat(interpolate(sparse(args["a"], rows), sparse(args["b"], rows), fixed(args["ratio"])),
              args["a"].size() / rows);
}

Values clipping(const Json& args) {
  const auto rows = args["rows"].get<size_t>();
  return flat(clip_columns(sparse(args["m"], rows), fixed_list(args["thr"])),
              args["m"].size() / rows);
}

Values averages(const Json& args) {
  const auto rows = args["rows"].get<size_t>();
  const SparseMatrix result = moving_average_of_listed(
      sparse(args["new"], rows), sparse(args["old"], rows),
      [&](const Pair& pair) { return fixed(args["alpha"][pair.row][pair.column]); });
  return flat(result, args["new"].size() / rows);
}

Values of_pairs(const Json& pairs, const std::function<Fixed(Fixed, Fixed)>& operation) {
  Values results;
  for (const Json& pair : pairs)
    results.push_back(operation(fixed_of_text(pair[0]), fixed_of_text(pair[1])));
  return results;
}

Values exponentials(const Json& bits) {
  Values results;
  for (const Json& x : bits) results.push_back(clamped_exp(fixed_of_text(x)));
  return results;
}

Values alphas(const Json& rows) {
  Values results;
  for (const Json& row : rows) {
    Values v;
    for (const Json& value : row) v.push_back(fixed_of_text(value));
    results.push_back(
        alpha_sigmoid(v[0], v[1], v[2], {.low = v[3], .high = v[4], .steepness = v[5]}));
  }
  return results;
}

std::vector<uint16_t> whole_scaled(const Json& list) {
  StoredRow row;
  for (const Json& value : list) row.push_back({0, value.get<uint16_t>()});
  std::vector<uint16_t> values;
  for (const StoredEntry& e : scale_to_u16(row)) values.push_back(e.value);
  return values;
}

Values normalised(Values values) {
  normalise(values);
  return values;
}

// The functions whose results are fixed-point numbers.
std::map<std::string, std::function<Values(const Json&)>> fixed_functions() {
  return {
      {"sigmoid_safe", sigmoids},
      {"normalize", [](const Json& args) { return normalised(fixed_list(args["v"])); }},
      {"weighted_median", [](const Json& args) { return Values{median(args)}; }},
      {"weighted_median_col", medians},
      {"interpolate", interpolation},
      {"col_clip", clipping},
      {"mat_ema_alpha_sparse", averages},
      {"mul_bits",
       [](const Json& args) {
         return of_pairs(args["pairs"], [](Fixed a, Fixed b) { return a * b; });
       }},
      {"div_bits",
       [](const Json& args) {
         return of_pairs(args["pairs"], [](Fixed a, Fixed b) { return a / b; });
       }},
      {"exp_bits", [](const Json& args) { return exponentials(args["bits"]); }},
      {"alpha_sigmoid_bits", [](const Json& args) { return alphas(args["rows"]); }},
  };
}

void compare_fixed(Fixed got, const Json& expected, const Json& vector, Checker& checker) {
  const std::string name = vector["fn"];
  if (expected.is_object()) {
    checker.same(name, got.bits(), expected["bits"]);
  } else if (name.ends_with("_bits")) {
    checker.same(name, got.bits(), expected);
  } else if (vector.value("expected_fixed", false)) {
    checker.same(name, got.bits(), from_double(expected.get<double>()).bits());
  } else {
    checker.number(name, to_double(got), expected.get<double>(), vector.value("tol", 0.0));
  }
}

}  // namespace

void check_math(const Json& vector, Checker& checker) {
  checker.enter(vector["id"]);
  const std::string name = vector["fn"];
  const Json& args = vector["args"];
  const Json& expected = vector["expected"];
  if (name == "vec_max_upscale") {
    checker.same(name, scale_to_u16(fixed_list(args["v"])), expected);
  } else if (name == "u16_max_upscale") {
    checker.same(name, whole_scaled(args["v"]), expected);
  } else if (name == "max_limited") {
    checker.same(name, max_limited(args), expected);
  } else if (name == "is_topk") {
    checker.same(name, largest(fixed_list(args["v"]), args["k"].get<size_t>()), expected);
  } else {
    const auto functions = fixed_functions();
    const auto function = functions.find(name);
    if (function == functions.end()) throw FormatError("no function '" + name + "' is known");
    const Values got = function->second(args);
    const Json list = expected.is_array() ? expected : Json::array({expected});
    if (got.size() != list.size()) return checker.same(name + " length", got.size(), list.size());
    for (size_t i = 0; i < got.size(); ++i) compare_fixed(got[i], list[i], vector, checker);
  }
}

}  // namespace verdict::vectors
