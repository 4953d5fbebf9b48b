#include <algorithm>
#include <map>

#include "app/report/html.h"
#include "app/report/loss_plot.h"
#include "app/report/timeline.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

constexpr double kWidth = 900;
constexpr double kLeft = 70;
constexpr double kRight = 20;
constexpr double kRow = 24;
constexpr double kTop = 6;
constexpr size_t kColours = 8;
constexpr double kWideEnough = 70;  // For a name in the box.
constexpr size_t kMostGroups = 64;
constexpr size_t kPixelsPerCharacter = 8;

std::string unit_svg(const TimedUnit& u, double begin, double scale, double y, size_t colour) {
  const double x = kLeft + (u.begin - begin) * scale;
  const double width = std::max((u.end - u.begin) * scale, 1.0);
  const std::string css =
      std::string("unit ") + (u.failed ? "failed" : "c" + std::to_string(colour % kColours));
  const std::string hint = u.model + ", unit " + std::to_string(u.unit) + ": " +
                           format_duration(u.end - u.begin) + (u.failed ? ", failed" : "");
  std::string svg = svg_box({.x = x, .y = y + 2, .width = width, .height = kRow - 4}, css, hint);
  if (width < kWideEnough) return svg;
  return svg + "<text x=\"" + coordinate(x + 5) + "\" y=\"" + coordinate(y + kRow / 2 + 4) +
         "\" style=\"fill:#fff\">" +
         escaped(shortened(u.model, static_cast<size_t>(width - 10) / kPixelsPerCharacter)) +
         "</text>\n";
}

std::string plot(const TimedStart& start) {
  double begin = start.units.front().begin;
  double end = begin;
  std::map<int64_t, size_t> row_of;
  std::map<std::string, size_t> colour_of;
  for (const TimedUnit& u : start.units) {
    begin = std::min(begin, u.begin);
    end = std::max(end, u.end);
    row_of.try_emplace(u.group, 0);
    colour_of.try_emplace(u.model, colour_of.size());
  }
  size_t rows = 0;
  for (auto& [group, row] : row_of) row = rows++;
  const size_t shown = std::min(rows, kMostGroups);
  const double scale = (kWidth - kLeft - kRight) / std::max(end - begin, 1e-3);
  const double bottom = kTop + kRow * static_cast<double>(shown);
  std::string svg = svg_begin(kWidth, bottom + 26, "units of each group");
  for (const double tick : round_ticks(0, std::max(end - begin, 1e-3), 6)) {
    const double x = kLeft + tick * scale;
    svg += svg_line(x, kTop, x, bottom, "grid");
    svg += svg_text(x, bottom + 16, "middle", "tick", format_duration(tick));
  }
  for (const auto& [group, row] : row_of) {
    if (row >= shown) continue;
    svg += svg_text(kLeft - 8, kTop + kRow * (static_cast<double>(row) + 0.5) + 4, "end", "",
                    "group " + std::to_string(group));
  }
  for (const TimedUnit& u : start.units) {
    const size_t row = row_of[u.group];
    if (row >= shown) continue;
    svg += unit_svg(u, begin, scale, kTop + kRow * static_cast<double>(row), colour_of[u.model]);
  }
  svg += "</svg>\n";
  if (rows > shown)
    svg += "<p class=\"soft\">and " + std::to_string(rows - shown) + " groups more</p>\n";
  return svg;
}

}  // namespace

std::string timeline_plots(const std::vector<TimedStart>& starts) {
  std::string html;
  for (const TimedStart& start : starts) {
    if (start.units.empty()) continue;
    html += "<h3>start of " + escaped(start.time) + "</h3>\n" + plot(start);
  }
  return html;
}

}  // namespace verdict
