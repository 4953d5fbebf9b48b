#include "verdict/core/table.h"

#include <gtest/gtest.h>

#include <cmath>

namespace verdict {
namespace {

TEST(TextTable, ColumnsAreAsWideAsTheirWidestCell) {
  TextTable table({{"name", TextTable::Align::left}, {"loss", TextTable::Align::right}});
  table.add_row({"größer", "2.5"});
  table.add_row({"a", "10.25"});
  EXPECT_EQ(table.text(2), "  name     loss\n  größer    2.5\n  a       10.25\n");
}

TEST(Format, NumbersCarryTheirUnit) {
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1536), "1.50 KiB");
  EXPECT_EQ(format_duration(200), "3 min 20 s");
  EXPECT_EQ(format_fixed(std::nan(""), 3), "–");
}

TEST(Printable, ControlCharactersCannotReachTheTerminal) {
  EXPECT_EQ(printable("a\x1b[31mb"), "a\\x1B[31mb");
  EXPECT_EQ(printable("größer"), "größer");
  EXPECT_EQ(printable("\xff\xc3"), "\\xFF\\xC3");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xC2\\x9B");           // C1 control: CSI.
  EXPECT_EQ(printable("\xe0\x80\x80"), "\\xE0\\x80\\x80");  // Overlong form.
}

}  // namespace
}  // namespace verdict
