#include "checkpoint/dtype.h"

#include <algorithm>
#include <array>

#include "verdict/core/error.h"

namespace verdict {
namespace {

struct Row {
  DType dtype = DType::f32;
  std::string_view name{};
  uint64_t bytes = 0;
};

constexpr std::array kRows{
    Row{DType::f64, "F64", 8},         Row{DType::f32, "F32", 4},
    Row{DType::f16, "F16", 2},         Row{DType::bf16, "BF16", 2},
    Row{DType::i64, "I64", 8},         Row{DType::i32, "I32", 4},
    Row{DType::i16, "I16", 2},         Row{DType::i8, "I8", 1},
    Row{DType::u64, "U64", 8},         Row{DType::u32, "U32", 4},
    Row{DType::u16, "U16", 2},         Row{DType::u8, "U8", 1},
    Row{DType::boolean, "BOOL", 1},    Row{DType::f8_e4m3, "F8_E4M3", 1},
    Row{DType::f8_e5m2, "F8_E5M2", 1}, Row{DType::f8_e8m0, "F8_E8M0", 1},
};

const Row& row_of(DType dtype) {
  const auto found = std::ranges::find(kRows, dtype, &Row::dtype);
  if (found == kRows.end()) throw SystemError("a dtype that is not in the table");
  return *found;
}

}  // namespace

uint64_t size_of(DType dtype) { return row_of(dtype).bytes; }

std::string_view name_of(DType dtype) { return row_of(dtype).name; }

std::optional<DType> dtype_named(std::string_view name) {
  const auto found = std::ranges::find(kRows, name, &Row::name);
  if (found == kRows.end()) return std::nullopt;
  return found->dtype;
}

bool is_weight_dtype(DType dtype) {
  return dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16;
}

}  // namespace verdict
