#include "app/report/loss_plot.h"

#include <algorithm>
#include <cmath>

#include "app/report/html.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

constexpr double kWidth = 900;
constexpr double kLeft = 230;   // Room for labels.
constexpr double kRight = 170;  // Room for values.
constexpr double kRow = 26;
constexpr double kTop = 10;
constexpr size_t kLongestLabel = 30;

double error_of(const LossPoint& p) { return std::isnan(p.standard_error) ? 0 : p.standard_error; }

struct Scale {
  double low = 0;
  double high = 1;
  [[nodiscard]] double x(double value) const {
    return kLeft + (value - low) / (high - low) * (kWidth - kLeft - kRight);
  }
};

Scale scale_of(const std::vector<LossPoint>& points) {
  Scale s{.low = points.front().loss, .high = points.front().loss};
  for (const LossPoint& p : points) {
    s.low = std::min(s.low, p.loss - error_of(p));
    s.high = std::max(s.high, p.loss + error_of(p));
  }
  const double room = std::max((s.high - s.low) * 0.06, std::abs(s.high) * 1e-6 + 1e-9);
  return {.low = s.low - room, .high = s.high + room};
}

std::string point_svg(const LossPoint& p, const Scale& scale, double y, bool best) {
  const double error = error_of(p);
  const std::string value =
      format_fixed(p.loss, 5) + (error > 0 ? " ± " + format_fixed(error, 5) : "");
  std::string svg = std::string("<g class=\"") + (best ? "best" : "") + "\"><title>" +
                    escaped(p.label + ": " + value + " nat") + "</title>\n";
  svg += svg_text(kLeft - 12, y + 4, "end", "", shortened(p.label, kLongestLabel));
  if (error > 0) {
    svg += svg_line(scale.x(p.loss - error), y, scale.x(p.loss + error), y, "error");
    for (const double end : {p.loss - error, p.loss + error})
      svg += svg_line(scale.x(end), y - 4, scale.x(end), y + 4, "error");
  }
  svg += "<circle cx=\"" + coordinate(scale.x(p.loss)) + "\" cy=\"" + coordinate(y) +
         "\" r=\"4\" class=\"dot\"/>\n";
  return svg + svg_text(kWidth - kRight + 12, y + 4, "start", "value", value) + "</g>\n";
}

}  // namespace

std::vector<double> round_ticks(double low, double high, int count) {
  const double raw = (high - low) / count;
  if (!(raw > 0) || !std::isfinite(raw)) return {};
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= raw) {
      step = factor * power;
      break;
    }
  }
  std::vector<double> ticks;
  const double first = std::ceil(low / step);
  for (double n = first; n * step <= high && n - first < 4.0 * count; n += 1)
    ticks.push_back(n * step);
  return ticks;
}

std::string loss_plot(const std::string& task, std::vector<LossPoint> points) {
  std::erase_if(points, [](const LossPoint& p) { return !std::isfinite(p.loss); });
  if (points.empty()) return "";
  std::ranges::stable_sort(points, {}, &LossPoint::loss);
  const Scale scale = scale_of(points);
  const double bottom = kTop + kRow * static_cast<double>(points.size());
  std::string svg = svg_begin(kWidth, bottom + 30, "losses of task " + task);
  const std::vector<double> ticks = round_ticks(scale.low, scale.high, 5);
  const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : 1;
  const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step))), 0, 9);
  for (const double tick : ticks) {
    svg += svg_line(scale.x(tick), kTop, scale.x(tick), bottom, "grid");
    svg += svg_text(scale.x(tick), bottom + 16, "middle", "tick", format_fixed(tick, decimals));
  }
  svg += svg_line(kLeft, bottom, kWidth - kRight, bottom, "axis");
  svg += svg_text(kWidth - kRight + 12, bottom + 16, "start", "tick", "nat per token");
  for (size_t i = 0; i < points.size(); ++i)
    svg += point_svg(points[i], scale, kTop + kRow * (static_cast<double>(i) + 0.5), i == 0);
  return svg + "</svg>\n";
}

}  // namespace verdict
