// HTML and SVG as text. Whatever comes from a file goes through escaped().
#pragma once

#include <cstddef>
#include <string>

namespace verdict {

// Safe between tags and in quoted attributes: control characters and invalid UTF-8 are shown as
// \xNN.
[[nodiscard]] std::string escaped(const std::string& text);

// At most `most` characters of a text, with "…" where it was cut.
[[nodiscard]] std::string shortened(const std::string& text, size_t most);

// A coordinate: three decimals, no locale.
[[nodiscard]] std::string coordinate(double value);

[[nodiscard]] std::string svg_text(double x, double y, const std::string& anchor,
                                   const std::string& css_class, const std::string& text);
[[nodiscard]] std::string svg_line(double x1, double y1, double x2, double y2,
                                   const std::string& css_class);

// A rectangle with a text that shows when the pointer rests on it.
struct SvgBox {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};
[[nodiscard]] std::string svg_box(const SvgBox& box, const std::string& css_class,
                                  const std::string& hint);

// Begins an image of that size, which scales with the page.
[[nodiscard]] std::string svg_begin(double width, double height, const std::string& label);

// The page around `body`: style and nothing from elsewhere.
[[nodiscard]] std::string html_page(const std::string& title, const std::string& body);

}  // namespace verdict
