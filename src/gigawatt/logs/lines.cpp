#include "gigawatt/logs/lines.h"

#include <csv.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

namespace gigawatt::logs {
namespace {

constexpr std::size_t kLongestLine = 1 << 20;
constexpr std::size_t kBlock = 1 << 16;
constexpr double kLongest_s = 10'000.0 * 366 * 86'400;

void on_cell(void* data, std::size_t size, void* user) {
  static_cast<std::vector<std::string>*>(user)->emplace_back(static_cast<const char*>(data), size);
}
void on_row(int, void*) {}

/// Digits of a fixed width; false where there is anything else.
bool digits(std::string_view& text, std::size_t width, int& value) {
  if (text.size() < width) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + width, value);
  if (error != std::errc() || end != text.data() + width || text[0] == '-') return false;
  text.remove_prefix(width);
  return true;
}

bool skip(std::string_view& text, std::string_view any) {
  if (text.empty() || any.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

struct NamedZone {
  std::string_view name;
  int hours;
};
// "CST" is not among them: it is China's, America's and Cuba's.
constexpr NamedZone kZones[] = {{"Z", 0},    {"UTC", 0},  {"GMT", 0},  {"PST", -8}, {"PDT", -7},
                                {"MST", -7}, {"MDT", -6}, {"EST", -5}, {"EDT", -4}};

/// "+08:00", "-0700", "Z", " PDT", "" -> seconds east of Greenwich.
std::optional<int> zone_s(std::string_view text) {
  if (text.empty()) return 0;
  const std::string_view word = text[0] == ' ' ? text.substr(1) : text;
  for (const NamedZone& zone : kZones)
    if (word == zone.name) return zone.hours * 3600;
  const int sign = text[0] == '-' ? -1 : 1;
  int hours = 0;
  int minutes = 0;
  if (!skip(text, "+-") || !digits(text, 2, hours)) return std::nullopt;
  skip(text, ":");
  if (!text.empty() && !digits(text, 2, minutes)) return std::nullopt;
  if (!text.empty() || hours > 18 || minutes > 59) return std::nullopt;
  return sign * (hours * 3600 + minutes * 60);
}

}  // namespace

Lines::Lines(std::istream& in) : in_(in), buffer_(kBlock) {}

bool Lines::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(2 * buffer_.size());
  const auto got =
      in_.rdbuf()->sgetn(buffer_.data() + end_, static_cast<std::streamsize>(buffer_.size() - end_));
  end_ += static_cast<std::size_t>(std::max<std::streamsize>(got, 0));
  return got > 0;
}

bool Lines::next(std::string_view& line) {
  std::size_t searched = 0;  // of what is held, without a line feed
  std::size_t length = 0;
  for (;;) {
    const char* from = buffer_.data() + begin_;
    const auto* feed = static_cast<const char*>(std::memchr(from + searched, '\n', end_ - begin_ - searched));
    if (feed != nullptr) {
      length = static_cast<std::size_t>(feed - from);
      break;
    }
    searched = end_ - begin_;
    if (pieces_ && searched > kLongestLine) {
      line = {buffer_.data() + begin_, searched};
      begin_ += searched;
      if (!goes_on_) ++number_;
      goes_on_ = true;
      return true;
    }
    if (searched > kLongestLine) {  // keep the head, forget the rest of the line
      end_ = begin_ + kLongestLine;
      searched = kLongestLine;
    }
    if (fill()) continue;
    if (end_ == begin_) return false;
    length = end_ - begin_;
    unterminated_ = true;
    break;
  }
  line = {buffer_.data() + begin_, pieces_ ? length : std::min(length, kLongestLine)};
  begin_ += std::min(length + 1, end_ - begin_);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (!goes_on_) ++number_;
  const bool first = number_ == 1 && !goes_on_;
  goes_on_ = false;
  if (first && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  return true;
}

struct CsvCells::Parser {
  csv_parser csv;
};

char csv_separator(std::string_view header) {
  if (header.find(',') != std::string_view::npos) return ',';
  for (const char c : {'\t', ';', '|'})
    if (header.find(c) != std::string_view::npos) return c;
  return ',';
}

CsvCells::CsvCells(char separator) : parser_(new Parser), separator_(separator) {
  csv_init(&parser_->csv, CSV_STRICT | CSV_STRICT_FINI);
  csv_set_delim(&parser_->csv, static_cast<unsigned char>(separator_));
}

void CsvCells::separate_by(char separator) {
  separator_ = separator;
  csv_set_delim(&parser_->csv, static_cast<unsigned char>(separator_));
}

CsvCells::~CsvCells() {
  csv_free(&parser_->csv);
  delete parser_;
}

bool CsvCells::split(std::string_view line, std::vector<std::string>& cells) {
  cells.clear();
  const bool parsed =
      csv_parse(&parser_->csv, line.data(), line.size(), on_cell, on_row, &cells) == line.size();
  if (parsed && csv_fini(&parser_->csv, on_cell, on_row, &cells) == 0) return true;
  // After an error the parser is of no more use.
  csv_free(&parser_->csv);
  csv_init(&parser_->csv, CSV_STRICT | CSV_STRICT_FINI);
  csv_set_delim(&parser_->csv, static_cast<unsigned char>(separator_));
  return false;
}

void split_plain(std::string_view line, char separator, std::vector<std::string>& cells) {
  cells.clear();
  while (true) {
    const std::size_t end = line.find(separator);
    cells.emplace_back(line.substr(0, end));
    if (end == std::string_view::npos) return;
    line.remove_prefix(end + 1);
  }
}

void split_blanks(std::string_view line, std::vector<std::string_view>& cells) {
  cells.clear();
  constexpr std::string_view kBlanks = " \t";
  std::size_t begin = line.find_first_not_of(kBlanks);
  while (begin != std::string_view::npos) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, begin), line.size());
    cells.push_back(line.substr(begin, end - begin));
    begin = line.find_first_not_of(kBlanks, end);
  }
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::int64_t> whole(std::string_view text) {
  const auto value = number(text);
  if (!value || std::abs(*value) > 1e15 || *value != std::floor(*value)) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

std::optional<std::int64_t> seconds_us(std::string_view text) {
  const auto value = number(text);
  if (!value || std::abs(*value) > kLongest_s) return std::nullopt;
  return std::llround(*value * 1e6);
}

Clock clock_of(std::string_view text) {
  constexpr std::size_t kDate = 10;  // "2023-05-17"
  if (text.size() < kDate) return text.empty() ? Clock::kBlank : Clock::kNumber;
  if (text[4] != '-' && text[4] != '/') return Clock::kNumber;
  const char last = text.back();
  const bool named = last >= 'A' && last <= 'Z' && !text.ends_with("AM") && !text.ends_with("PM");
  return named || text.find_first_of("+-", kDate) != std::string_view::npos ? Clock::kZoned : Clock::kLocal;
}

std::optional<base::SimTime> timestamp(std::string_view text) {
  if (text.size() < 5 || (text[4] != '-' && text[4] != '/')) {
    const auto us = seconds_us(text);
    return us ? std::optional(base::SimTime{*us}) : std::nullopt;
  }
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!digits(text, 4, year) || !skip(text, "-/") || !digits(text, 2, month) || !skip(text, "-/") ||
      !digits(text, 2, day))
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  std::int64_t us = 0;
  if (!text.empty()) {
    if (!skip(text, " T") || !digits(text, 2, hour) || !skip(text, ":") || !digits(text, 2, minute) ||
        (skip(text, ":") && !digits(text, 2, second)) || hour > 23 || minute > 59 || second > 60)
      return std::nullopt;
    if (skip(text, ".")) {
      std::int64_t unit = 100'000;
      bool any = false;
      for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), unit /= 10, any = true)
        us += (text[0] - '0') * unit;
      if (!any) return std::nullopt;
    }
  }
  const auto zone = zone_s(text);
  if (!zone) return std::nullopt;
  const base::SimTime midnight =
      base::SimTime::from_date(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  return midnight + base::Duration{us + (hour * 3600LL + minute * 60 + second - *zone) * 1'000'000};
}

std::optional<std::int64_t> slurm_duration_us(std::string_view text) {
  std::int64_t days = 0;
  const std::size_t dash = text.find('-');
  const bool has_days = dash != std::string_view::npos;
  if (has_days) {
    const auto d = whole(text.substr(0, dash));
    if (!d || *d < 0 || *d > 100'000) return std::nullopt;
    days = *d;
    text.remove_prefix(dash + 1);
  }
  std::vector<std::string> parts;
  split_plain(text, ':', parts);
  if (parts.size() > 3) return std::nullopt;
  std::vector<double> values;
  for (const auto& part : parts) {
    const auto v = number(part);
    if (!v || *v < 0 || *v > 1e9) return std::nullopt;
    values.push_back(*v);
  }
  double seconds = 0;
  if (has_days || values.size() == 3) {  // hours first
    constexpr double kScale[] = {3600, 60, 1};
    for (std::size_t i = 0; i < values.size(); ++i) seconds += values[i] * kScale[i];
  } else if (values.size() == 2) {
    seconds = values[0] * 60 + values[1];
  } else {
    seconds = values[0] * 60;
  }
  return days * 86'400'000'000 + std::llround(seconds * 1e6);
}

std::optional<std::int64_t> elapsed_us(std::string_view text) {
  return text.find(':') == std::string_view::npos ? std::nullopt : slurm_duration_us(text);
}

}  // namespace gigawatt::logs
