#include "gigawatt/site/hourly_table.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>

#include <fmt/format.h>

#include "gigawatt/base/words.h"
#include "gigawatt/site/internal_text.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::site {
namespace {

constexpr std::int64_t kHour = 3600;
constexpr std::array<std::string_view, 7> kTimeNames = {"time", "timestamp",      "datetime", "date",
                                                        "utc",  "hour_beginning", "period"};

// Units as header cells spell them, in lower case, and as the units module does.
struct Spelling {
  std::string_view cell, unit;
};
constexpr std::array kSpellings = {Spelling{"w", "W"},       Spelling{"kw", "kW"},    Spelling{"mw", "MW"},
                                   Spelling{"gw", "GW"},     Spelling{"wh", "Wh"},    Spelling{"kwh", "kWh"},
                                   Spelling{"mwh", "MWh"},   Spelling{"gwh", "GWh"},  Spelling{"usd", "USD"},
                                   Spelling{"g", "g"},       Spelling{"kg", "kg"},    Spelling{"t", "t"},
                                   Spelling{"gco2", "g"},    Spelling{"kgco2", "kg"}, Spelling{"pct", "%"},
                                   Spelling{"percent", "%"}, Spelling{"j", "J"},      Spelling{"gj", "GJ"}};

using base::lower;

std::string_view spelled(std::string_view word) {
  for (const auto& s : kSpellings)
    if (s.cell == word) return s.unit;
  return {};
}

/// A header cell: its name in lower case and the unit that follows it, if any.
struct Heading {
  std::string name;
  std::optional<units::Unit> unit;
};

/// The unit at the end of a name: "price_usd_per_mwh" -> "price" and USD/MWh.
Heading split_suffix(const std::string& cell) {
  for (auto at = cell.find('_'); at != std::string::npos; at = cell.find('_', at + 1)) {
    const std::string_view rest = std::string_view(cell).substr(at + 1);
    const auto per = rest.find("_per_");
    const auto top = spelled(rest.substr(0, per));
    if (top.empty()) continue;
    std::string unit(top);
    if (per != std::string_view::npos) {
      const auto bottom = spelled(rest.substr(per + 5));
      if (bottom.empty()) continue;
      unit += fmt::format("/{}", bottom);
    }
    if (const auto parsed = units::parse_unit(unit)) return {cell.substr(0, at), *parsed};
  }
  return {cell, std::nullopt};
}

Heading heading(std::string_view cell) {
  cell = trim(cell);
  if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') cell = cell.substr(1, cell.size() - 2);
  const auto open = cell.find_first_of("[(");
  if (open != std::string_view::npos) {
    const auto close = cell.find_first_of("])", open);
    const auto unit = units::parse_unit(cell.substr(open + 1, close - open - 1));
    if (close != std::string_view::npos && unit) return {lower(trim(cell.substr(0, open))), *unit};
  }
  return split_suffix(lower(cell));
}

/// Seconds since 1970, and whether the text fixes the zone.
struct Stamp {
  std::int64_t s = 0;
  bool absolute = false;
};

bool digits(std::string_view s, std::size_t at, std::size_t n, int& out) {
  if (at + n > s.size()) return false;
  const auto [end, code] = std::from_chars(s.data() + at, s.data() + at + n, out);
  return code == std::errc() && end == s.data() + at + n;
}

/// "2022-01-01 05:00[:00][.000][Z|+00:00|-0500]", or a day alone.
std::optional<Stamp> parse_stamp(std::string_view s) {
  s = trim(s);
  if (s.size() >= 2 && s.front() == '"' && s.back() == '"') s = s.substr(1, s.size() - 2);
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!digits(s, 0, 4, year) || !digits(s, 5, 2, month) || !digits(s, 8, 2, day) || s[4] != '-' ||
      s[7] != '-')
    return std::nullopt;
  if (month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  std::string_view rest = s.substr(10);
  if (!rest.empty()) {
    if ((rest[0] != ' ' && rest[0] != 'T') || !digits(rest, 1, 2, hour) || !digits(rest, 4, 2, minute))
      return std::nullopt;
    rest.remove_prefix(6);
    if (!rest.empty() && rest[0] == ':') {
      if (!digits(rest, 1, 2, second)) return std::nullopt;
      rest.remove_prefix(3);
    }
    if (!rest.empty() && rest[0] == '.') {
      rest.remove_prefix(1);
      while (!rest.empty() && std::isdigit(static_cast<unsigned char>(rest[0]))) rest.remove_prefix(1);
    }
  }
  if (hour > 24 || minute > 59 || second > 60) return std::nullopt;
  Stamp out;
  out.s = base::SimTime::from_date(year, static_cast<unsigned>(month), static_cast<unsigned>(day)).us /
              1'000'000 +
          hour * kHour + minute * 60 + second;
  rest = trim(rest);
  if (rest.empty()) return out;
  out.absolute = true;
  if (rest == "Z" || rest == "z" || rest == "UTC") return out;
  int h = 0, m = 0;
  if ((rest[0] != '+' && rest[0] != '-') || !digits(rest, 1, 2, h)) return std::nullopt;
  if (rest.size() > 3 && !digits(rest, rest[3] == ':' ? 4 : 3, 2, m)) return std::nullopt;
  out.s -= (rest[0] == '-' ? -1 : 1) * (h * kHour + m * 60);
  return out;
}

std::string show(std::int64_t s) { return base::to_iso_datetime({s * 1'000'000}); }

class TableReader {
 public:
  TableReader(std::string_view text, const std::string& name, std::span<const ColumnWish> wishes)
      : rest_(text), name_(name), wishes_(wishes) {}

  tl::expected<HourlyTable, base::Diagnostics> read() {
    if (read_header() && problems_.empty()) read_rows();
    if (problems_.empty()) check_times();
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    out_.hours = values_.empty() ? 0 : values_.front().size() / per_hour_;
    for (auto& column : values_) out_.columns.push_back(averaged(column));
    return std::move(out_);
  }

 private:
  struct Place {
    std::size_t cell;
    double factor;
  };

  bool wrong(std::string message, std::string hint = {}, int line = 0) {
    constexpr std::size_t kListed = 10;
    if (problems_.size() < kListed) {
      auto d = base::error("bad-series", std::move(message), std::move(hint));
      auto source = std::make_shared<base::SourceText>();
      source->name = name_;
      d.span = {source, line > 0 ? line : line_number_, 1, 1};
      problems_.push_back(std::move(d));
    }
    return false;
  }

  bool next_line() {
    while (!rest_.empty()) {
      const auto end = rest_.find('\n');
      line_ = trim(rest_.substr(0, end));
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
      ++line_number_;
      if (!line_.empty() && line_[0] != '#') return true;
    }
    return false;
  }

  void split() {
    cells_.clear();
    std::string_view s = line_;
    while (true) {
      const auto comma = s.find(',');
      cells_.push_back(s.substr(0, comma));
      if (comma == std::string_view::npos) break;
      s.remove_prefix(comma + 1);
    }
  }

  bool read_header() {
    if (rest_.substr(0, 3) == "\xEF\xBB\xBF") rest_.remove_prefix(3);
    if (!next_line()) return wrong("the file is empty", "a header line and one row an hour");
    split();
    std::vector<Heading> headings;
    for (const auto cell : cells_) headings.push_back(heading(cell));
    for (std::size_t i = 0; i < headings.size(); ++i)
      if (std::find(kTimeNames.begin(), kTimeNames.end(), headings[i].name) != kTimeNames.end() && time_ < 0)
        time_ = static_cast<int>(i);
    width_ = cells_.size();
    for (const auto& wish : wishes_) find_column(wish, headings);
    values_.resize(places_.size());
    return true;
  }

  /// The named column, or the only one there is.
  void find_column(const ColumnWish& wish, const std::vector<Heading>& headings) {
    int found = -1;
    for (const auto name : wish.names)
      for (std::size_t i = 0; i < headings.size() && found < 0; ++i)
        if (headings[i].name == name) found = static_cast<int>(i);
    if (found < 0 && wish.alone && headings.size() == (time_ < 0 ? 1u : 2u)) found = time_ == 0 ? 1 : 0;
    if (found < 0) {
      places_.emplace_back();
      if (!wish.required) return;
      std::string have, may;
      for (const auto cell : cells_) have += fmt::format("{}'{}'", have.empty() ? "" : ", ", trim(cell));
      for (const auto name : wish.names) may += fmt::format("{}'{}'", may.empty() ? "" : ", ", name);
      wrong(fmt::format("no column holds the {}; there are {}", wish.key, have),
            fmt::format("name it {} (with a unit: {})", may, wish.unit));
      return;
    }
    const units::Unit wanted = *units::parse_unit(wish.unit);
    const auto& unit = headings[static_cast<std::size_t>(found)].unit;
    if (unit && unit->dimension != wanted.dimension)
      wrong(fmt::format("column '{}' is not in the dimension of the {}",
                        trim(cells_[static_cast<std::size_t>(found)]), wish.key),
            fmt::format("the {} is given in {}", wish.key, wish.unit));
    places_.push_back(Place{static_cast<std::size_t>(found), unit ? unit->factor : wanted.factor});
  }

  void read_rows() {
    while (next_line() && problems_.size() < 10) {
      split();
      lines_.push_back(line_number_);
      if (cells_.size() != width_) {
        wrong(fmt::format("a row of {} cells under a header of {}", cells_.size(), width_));
        continue;
      }
      if (time_ >= 0) {
        const auto stamp = parse_stamp(cells_[static_cast<std::size_t>(time_)]);
        if (!stamp)
          wrong(fmt::format("'{}' is no time", trim(cells_[static_cast<std::size_t>(time_)])),
                "ISO 8601, as 2026-01-31T05:00Z");
        stamps_.push_back(stamp.value_or(Stamp{}));
      }
      for (std::size_t c = 0; c < places_.size(); ++c) {
        if (!places_[c]) continue;
        values_[c].push_back(cell_value(c));
      }
    }
    if (lines_.empty() && problems_.empty()) wrong("the file has a header and no rows");
  }

  double cell_value(std::size_t c) {
    const auto& wish = wishes_[c];
    const auto cell = trim(cells_[places_[c]->cell]);
    double x = 0;
    if (!read_number(cell, x)) {
      wrong(cell.empty() ? fmt::format("the {} is missing", wish.key)
                         : fmt::format("the {} '{}' is not a number", wish.key, cell),
            "fill the gap; nothing is invented here");
      return 0;
    }
    const double si = x * places_[c]->factor, unit = units::parse_unit(wish.unit)->factor;
    if (si < wish.min * unit || si > wish.max * unit)
      wrong(fmt::format("a {} of {} {}", wish.key, si / unit, wish.unit),
            fmt::format("{} to {} {}", wish.min, wish.max, wish.unit));
    return si;
  }

  /// Steps between rows: regular, or a local clock with daylight saving.
  void check_times() {
    if (stamps_.empty()) return;
    out_.has_time = true;
    out_.absolute = stamps_.front().absolute;
    out_.first = {stamps_.front().s * 1'000'000};
    for (std::size_t i = 0; i < stamps_.size(); ++i)
      if (stamps_[i].absolute != out_.absolute) {
        wrong("some times name their zone and others do not", "give all of them an offset or a Z", lines_[i]);
        return;
      }
    if (stamps_.size() < 2) return;
    std::int64_t step = stamps_[1].s - stamps_[0].s;
    for (std::size_t i = 2; i < stamps_.size() && i < 5; ++i)
      step = std::min(step, stamps_[i].s - stamps_[i - 1].s);
    if (step <= 0 || step > kHour || kHour % step != 0) {
      wrong(fmt::format("rows follow one another by {} s", step), "an hour, or a whole part of one",
            lines_[1]);
      return;
    }
    per_hour_ = static_cast<std::size_t>(kHour / step);
    find_breaks(step);
    if (problems_.empty() && stamps_.size() % per_hour_ != 0)
      wrong(fmt::format("{} rows at {} an hour leave a part of an hour", stamps_.size(), per_hour_));
    if (problems_.empty() && per_hour_ > 1)
      out_.notes.push_back(fmt::format("{}: {} rows an hour are averaged", name_, per_hour_));
  }

  void find_breaks(std::int64_t step) {
    std::vector<std::size_t> gaps, doubles, others;
    for (std::size_t i = 1; i < stamps_.size(); ++i) {
      const std::int64_t d = stamps_[i].s - stamps_[i - 1].s;
      if (d == step) continue;
      if (d == step + kHour)
        gaps.push_back(i);
      else if (d == step - kHour)
        doubles.push_back(i);
      else
        others.push_back(i);
    }
    if (gaps.empty() && doubles.empty() && others.empty()) return;
    if (!out_.absolute && others.empty() && daylight_saving(gaps, doubles)) return;
    for (const auto i : gaps)
      wrong(fmt::format("an hour is missing: {} follows {}", show(stamps_[i].s), show(stamps_[i - 1].s)),
            rule(), lines_[i]);
    for (const auto i : doubles)
      wrong(fmt::format("an hour is doubled: {} follows {}", show(stamps_[i].s), show(stamps_[i - 1].s)),
            rule(), lines_[i]);
    for (const auto i : others)
      wrong(fmt::format("{} follows {}", show(stamps_[i].s), show(stamps_[i - 1].s)),
            "rows must follow one another by the same step", lines_[i]);
  }

  static std::string rule() {
    return "give the times an offset (…Z), or a local clock that skips one hour in spring and doubles one in "
           "autumn";
  }

  /// One hour skipped in one half of the year and one doubled in the other.
  bool daylight_saving(const std::vector<std::size_t>& gaps, const std::vector<std::size_t>& doubles) {
    if (gaps.size() != 1 || doubles.size() != 1) return false;
    const auto month = [&](std::size_t i) { return base::civil({stamps_[i].s * 1'000'000}).month; };
    const unsigned spring = month(gaps[0]), autumn = month(doubles[0]);
    const bool north = spring >= 3 && spring <= 5 && autumn >= 9 && autumn <= 11;
    const bool south = spring >= 9 && spring <= 11 && autumn >= 3 && autumn <= 5;
    if (!north && !south) return false;
    if (gaps[0] > doubles[0]) out_.first.us -= kHour * 1'000'000;  // the file begins in summer time
    out_.notes.push_back(fmt::format(
        "{}: a local clock with daylight saving, which skips an hour before {} and shows one twice at {}; "
        "read as hours in a row",
        name_, show(stamps_[gaps[0]].s), show(stamps_[doubles[0]].s)));
    return true;
  }

  std::vector<double> averaged(std::vector<double>& column) const {
    if (per_hour_ == 1) return std::move(column);
    std::vector<double> out(column.size() / per_hour_);
    for (std::size_t i = 0; i < out.size(); ++i) {
      for (std::size_t k = 0; k < per_hour_; ++k) out[i] += column[i * per_hour_ + k];
      out[i] /= static_cast<double>(per_hour_);
    }
    return out;
  }

  std::string_view rest_, line_;
  const std::string& name_;
  std::span<const ColumnWish> wishes_;
  int line_number_ = 0, time_ = -1;
  std::size_t width_ = 0, per_hour_ = 1;
  std::vector<std::string_view> cells_;
  std::vector<std::optional<Place>> places_;
  std::vector<std::vector<double>> values_;
  std::vector<Stamp> stamps_;
  std::vector<int> lines_;
  base::Diagnostics problems_;
  HourlyTable out_;
};

constexpr std::size_t kYear = 8760, kLeapYear = 8784, kFebruary29 = 59 * 24;

/// Hours from the start of the year; in the year's last day, those to the next one, negative.
std::int64_t hour_of_year(base::SimTime t) {
  const int year = base::civil(t + base::Duration{24 * kHour * 1'000'000}).year;
  return (t.us - base::SimTime::from_date(year, 1, 1).us) / (kHour * 1'000'000);
}

}  // namespace

tl::expected<HourlyTable, base::Diagnostics> read_hourly_table(std::string_view text, const std::string& name,
                                                               std::span<const ColumnWish> wishes) {
  return TableReader(text, name, wishes).read();
}

tl::expected<std::vector<double>, base::Diagnostic> HourlyTable::aligned(
    std::size_t column, std::size_t due, double utc_offset_h, const std::string& name,
    std::vector<std::string>& notes_out) const {
  const std::vector<double>& in = columns[column];
  std::vector<double> year = in;
  if (has_time && (in.size() == kYear || in.size() == kLeapYear)) {
    const auto offset = static_cast<std::int64_t>(std::llround(absolute ? utc_offset_h : 0));
    const auto begin = hour_of_year(first + base::Duration{offset * 3'600'000'000});
    const auto n = static_cast<std::int64_t>(in.size());
    if (begin % n != 0) {
      std::rotate(year.begin(), year.begin() + (n - begin % n) % n, year.end());
      notes_out.push_back(fmt::format("{}: begins {} h {} the local year and is turned to begin with it",
                                      name, std::abs(begin), begin < 0 ? "before" : "into"));
    }
  }
  if (year.size() == due) return year;
  if (year.size() == kLeapYear && due == kYear) {
    year.erase(year.begin() + kFebruary29, year.begin() + kFebruary29 + 24);
    notes_out.push_back(fmt::format("{}: a leap year; its 29 February is left out", name));
    return year;
  }
  return tl::unexpected(base::error("wrong-length",
                                    fmt::format("{} has {} hours where {} are due", name, in.size(), due),
                                    "one row for each hour of the load and the weather"));
}

}  // namespace gigawatt::site
