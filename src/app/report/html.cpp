#include "app/report/html.h"

#include "verdict/core/table.h"

namespace verdict {
namespace {

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; --ink: #1c2430; --soft: #667085; --line: #d5dae1; --paper: #ffffff;
  --panel: #f6f7f9; --blue: #2563a8; --green: #1d7a4c; --red: #b3382c; --amber: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --soft: #98a2b3; --line: #3a4352;
  --paper: #14181f; --panel: #1d232d; --blue: #6ea8e6; --green: #5cc08d; --red: #ea8479;
  --amber: #d9a441; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 70rem; color: var(--ink);
  background: var(--paper); font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .2rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.6rem 0 .4rem; color: var(--soft); font-weight: 600; }
p { margin: .3rem 0; } .soft { color: var(--soft); } .close { color: var(--amber); font-weight: 600; }
.winner { font-size: 1.05rem; padding: .8rem 1rem; background: var(--panel);
  border-left: 4px solid var(--green); border-radius: 4px; overflow-wrap: anywhere; }
.winner.none { border-color: var(--red); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .55rem; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
th { color: var(--soft); font-weight: 600; } .left { text-align: left; }
td.name { text-align: left; max-width: 15rem; overflow: hidden; text-overflow: ellipsis; }
td.reason { text-align: left; white-space: normal; overflow-wrap: anywhere; }
td.better { background: color-mix(in srgb, var(--green) 18%, transparent); }
td.worse { background: color-mix(in srgb, var(--red) 14%, transparent); }
td.won { font-weight: 700; } td small { color: var(--soft); font-weight: 400; } tr.first td { font-weight: 700; }
svg { width: 100%; height: auto; display: block; font: 12px system-ui, "DejaVu Sans", sans-serif; }
svg text { fill: var(--ink); } svg text.tick, svg text.value { fill: var(--soft); }
.grid { stroke: var(--line); stroke-width: 1; } .axis { stroke: var(--soft); stroke-width: 1; }
.error { stroke: var(--blue); stroke-width: 1.5; } .dot { fill: var(--blue); }
.best .error { stroke: var(--green); } .best .dot { fill: var(--green); }
.unit { stroke: var(--paper); stroke-width: 1; } .unit.failed { fill: var(--red); }
.c0 { fill: #4c78a8; } .c1 { fill: #e08e45; } .c2 { fill: #5a9e6f; } .c3 { fill: #b65d7c; }
.c4 { fill: #8468a8; } .c5 { fill: #4f9fa6; } .c6 { fill: #a58d4b; } .c7 { fill: #7b8794; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; font-size: .88rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
)";

}  // namespace

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string shortened(const std::string& text, size_t most) {
  const auto continues = [&](size_t i) {
    return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U;
  };
  size_t end = 0;
  for (size_t characters = 0; end < text.size(); ++characters) {
    if (characters == most) return text.substr(0, end) + "…";
    ++end;
    while (continues(end)) ++end;
  }
  return text;
}

std::string coordinate(double value) { return format_fixed(value, 3); }

std::string svg_text(double x, double y, const std::string& anchor, const std::string& css_class,
                     const std::string& text) {
  return "<text x=\"" + coordinate(x) + "\" y=\"" + coordinate(y) + "\" text-anchor=\"" + anchor +
         "\" class=\"" + css_class + "\">" + escaped(text) + "</text>\n";
}

std::string svg_line(double x1, double y1, double x2, double y2, const std::string& css_class) {
  return "<line x1=\"" + coordinate(x1) + "\" y1=\"" + coordinate(y1) + "\" x2=\"" +
         coordinate(x2) + "\" y2=\"" + coordinate(y2) + "\" class=\"" + css_class + "\"/>\n";
}

std::string svg_box(const SvgBox& box, const std::string& css_class, const std::string& hint) {
  return "<rect x=\"" + coordinate(box.x) + "\" y=\"" + coordinate(box.y) + "\" width=\"" +
         coordinate(box.width) + "\" height=\"" + coordinate(box.height) + "\" rx=\"2\" class=\"" +
         css_class + "\"><title>" + escaped(hint) + "</title></rect>\n";
}

std::string svg_begin(double width, double height, const std::string& label) {
  return "<svg viewBox=\"0 0 " + coordinate(width) + " " + coordinate(height) +
         "\" role=\"img\" aria-label=\"" + escaped(label) + "\">\n";
}

std::string html_page(const std::string& title, const std::string& body) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
         "style-src 'unsafe-inline'\">\n<title>" +
         escaped(title) + "</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n" + body +
         "</body>\n</html>\n";
}

}  // namespace verdict
