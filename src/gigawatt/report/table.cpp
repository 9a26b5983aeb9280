#include <algorithm>

#include "gigawatt/report/text.h"

namespace gigawatt::report {
namespace {

constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kPlain = "\x1b[0m";

bool starts_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

std::string shorten(const std::string& text, std::size_t width) {
  if (display_width(text) <= width) return text;
  std::string out;
  std::size_t shown = 0;
  for (char c : text) {
    if (starts_code_point(c) && ++shown == width) break;
    out += c;
  }
  return out + "…";
}

/// Lines of at most `width`, those after the first indented; cut between words, or within a list joined by '+' that is
/// longer than a line, or anywhere.
std::vector<std::string> wrapped(std::string text, std::size_t width) {
  constexpr std::string_view kIndent = "  ";
  std::vector<std::string> lines;
  while (text.size() > width && display_width(text) > width) {
    auto end = text.rfind(' ', width);
    const bool word = end != std::string::npos && end >= kIndent.size();
    if (!word) {
      const auto plus = text.rfind('+', width - 1);
      end = plus == std::string::npos ? width : plus + 1;
      while (!starts_code_point(text[end])) --end;
    }
    lines.push_back(text.substr(0, end));
    text = std::string(kIndent) + text.substr(word ? end + 1 : end);
  }
  lines.push_back(std::move(text));
  return lines;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_code_point));
}

void Table::row(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (!columns_[i].wraps) cells[i] = shorten(cells[i], columns_[i].max_width);
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths() const {
  constexpr std::size_t kLeast = 6;
  std::vector<std::size_t> widths;
  std::size_t total = 2 * (columns_.size() - 1);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = display_width(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, display_width(row[i]));
    width = std::min(width, std::max(columns_[i].max_width, display_width(columns_[i].title)));
    widths.push_back(width);
    total += width;
  }
  // Only text can be shortened; the widest column gives first.
  for (; total > kMaxWidth; --total) {
    std::size_t widest = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (columns_[i].align == Align::kLeft && widths[i] > kLeast &&
          (widest == columns_.size() || widths[i] > widths[widest]))
        widest = i;
    if (widest == columns_.size()) break;
    --widths[widest];
  }
  return widths;
}

std::string Table::render(bool color) const {
  const auto widths = this->widths();
  const auto line = [&](const auto& cell) {
    std::string out;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string text = shorten(cell(i), widths[i]);
      const std::string gap(widths[i] - display_width(text), ' ');
      if (i > 0) out += "  ";
      out += columns_[i].align == Align::kLeft ? text + gap : gap + text;
    }
    out.resize(out.find_last_not_of(' ') + 1);
    return out;
  };
  std::string out;
  if (color) out += kDim;
  out += line([&](std::size_t i) -> const std::string& { return columns_[i].title; });
  if (color) out += kPlain;
  out += '\n';
  for (const auto& row : rows_) {
    std::vector<std::vector<std::string>> cells;
    std::size_t lines = 1;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      cells.push_back(columns_[i].wraps ? wrapped(row[i], widths[i]) : std::vector{row[i]});
      lines = std::max(lines, cells.back().size());
    }
    for (std::size_t n = 0; n < lines; ++n)
      out += line([&](std::size_t i) { return n < cells[i].size() ? cells[i][n] : std::string(); }) + '\n';
  }
  return out;
}

}  // namespace gigawatt::report
