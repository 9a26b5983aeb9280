#include "gigawatt/site/hourly_table.h"

#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>

#include "gigawatt/base/words.h"
#include "gigawatt/site/column_heading.h"
#include "gigawatt/site/internal_text.h"
#include "gigawatt/site/time_stamp.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::site {
namespace {

constexpr std::int64_t kHour = 3600;
constexpr std::array<std::string_view, 22> kTimeNames = {"time",
                                                         "timestamp",
                                                         "datetime",
                                                         "date",
                                                         "utc",
                                                         "hour_beginning",
                                                         "period",
                                                         "time_stamp",
                                                         "date_time",
                                                         "datetime_utc",
                                                         "interval_start",
                                                         "interval_start_utc",
                                                         "time_utc",
                                                         "valid",
                                                         "interval_start_local",
                                                         "date_utc",
                                                         "interval_start_time",
                                                         "period_start",
                                                         "hour",
                                                         "datetime_beginning_utc",
                                                         "mtu_cet_cest",
                                                         "datetime_beginning_ept"};
constexpr std::size_t kMostBefore = 60;  ///< lines that may stand before the header

using base::lower;

std::string show(std::int64_t s) { return base::to_iso_datetime({s * 1'000'000}); }

class TableReader {
 public:
  TableReader(std::string_view text, const std::string& name, std::span<const ColumnWish> wishes)
      : rest_(text),
        source_(std::make_shared<base::SourceText>(base::SourceText{name, {}})),
        all_(text),
        name_(name),
        wishes_(wishes) {}

  tl::expected<HourlyTable, base::Diagnostics> read() {
    if (read_header() && problems_.empty()) read_rows();
    if (problems_.empty()) read_times();
    if (problems_.empty()) check_times();
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    out_.hours = values_.empty() ? 0 : values_.front().size() / per_hour_;
    for (auto& column : values_) out_.columns.push_back(averaged(column));
    return std::move(out_);
  }

 private:
  /// What a cell of a column is in SI (of the air: in the wish's own unit): x factor + offset.
  struct Place {
    std::size_t cell;
    double factor;
    double offset = 0;
  };

  /// `at`: the part of the line that is wrong; empty: all of it.
  bool wrong(std::string message, std::string hint = {}, int line = 0, std::string_view at = {}) {
    constexpr std::size_t kListed = 10;
    if (problems_.size() < kListed) {
      auto d = base::error("bad-series", std::move(message), std::move(hint));
      if (source_->text.empty()) source_->text = all_;
      const auto column = at.empty() ? 0 : at.data() - line_.data();
      d.span = {source_, line > 0 ? line : line_number_, static_cast<int>(column) + 1,
                std::max(1, static_cast<int>(at.size()))};
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

  /// The first line that names all that is due; else the first line, whose columns are then told.
  bool read_header() {
    if (rest_.substr(0, 3) == "\xEF\xBB\xBF") rest_.remove_prefix(3);
    const auto begin = rest_;
    for (std::size_t before = 0; before < kMostBefore && next_line(); ++before) {
      split();
      take_headings();
      const bool all = std::all_of(wishes_.begin(), wishes_.end(), [&](const ColumnWish& wish) {
        return !wish.required || named(wish) >= 0;
      });
      if (!all) continue;
      if (before > 0) out_.notes.push_back(fmt::format("{}: the header is line {}", name_, line_number_));
      return take_columns();
    }
    rest_ = begin;
    line_number_ = 0;
    if (!next_line()) return wrong("the file is empty", "a header line and one row an hour");
    split();
    take_headings();
    return take_columns();
  }

  void take_headings() {
    headings_.clear();
    time_ = -1;
    for (const auto cell : cells_) headings_.push_back(heading(cell));
    for (std::size_t i = 0; i < headings_.size() && time_ < 0; ++i)
      if (std::find(kTimeNames.begin(), kTimeNames.end(), headings_[i].full) != kTimeNames.end())
        time_ = static_cast<int>(i);
  }

  bool take_columns() {
    width_ = cells_.size();
    for (const auto& wish : wishes_) find_column(wish);
    values_.resize(places_.size());
    name_unread();
    return true;
  }

  /// Of the weather: columns that a reader may take to count and that do not.
  void name_unread() {
    if (wishes_.size() < 2 || !problems_.empty()) return;
    std::string unread;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const bool read = static_cast<int>(i) == time_ ||
                        std::any_of(places_.begin(), places_.end(),
                                    [&](const auto& place) { return place && place->cell == i; });
      if (!read) unread += fmt::format("{}'{}'", unread.empty() ? "" : ", ", trim(cells_[i]));
    }
    constexpr std::size_t kMostSaid = 200;
    if (!unread.empty())
      out_.notes.push_back(fmt::format("{}: columns that are not read: {}{}", name_,
                                       unread.substr(0, kMostSaid), unread.size() > kMostSaid ? " ..." : ""));
  }

  /// The column of a wish, -1: none. Names without their units are tried after whole ones.
  int named(const ColumnWish& wish) const {
    for (const auto name : wish.names)
      for (const bool whole : {true, false})
        for (std::size_t i = 0; i < headings_.size(); ++i)
          if ((whole ? headings_[i].full : headings_[i].name) == name) return static_cast<int>(i);
    return -1;
  }

  /// The named column, or the only one there is.
  void find_column(const ColumnWish& wish) {
    int found = named(wish);
    if (found < 0 && wish.alone && headings_.size() == (time_ < 0 ? 1u : 2u)) found = time_ == 0 ? 1 : 0;
    out_.stated.push_back(false);
    if (found < 0) {
      places_.emplace_back();
      if (!wish.required) return;
      std::string have, may;
      for (const auto cell : cells_) have += fmt::format("{}'{}'", have.empty() ? "" : ", ", trim(cell));
      for (const auto name : wish.names) may += fmt::format("{}'{}'", may.empty() ? "" : ", ", name);
      wrong(fmt::format("no column holds the {}; there are {}", wish.key, have),
            fmt::format("name it {} (unit: {})", may, shown_unit(wish)));
      return;
    }
    const Heading& head = headings_[static_cast<std::size_t>(found)];
    const auto cell = static_cast<std::size_t>(found);
    const units::Unit wanted = *units::parse_unit(wish.unit);
    if (!wish.air.empty()) {
      const AirUnit own = head.air.value_or(AirUnit{wish.air});
      if (own.of != wish.air || (head.unit && !head.air))
        wrong(fmt::format("column '{}' is not in a unit of the {}", trim(cells_[cell]), wish.key),
              fmt::format("the {} is given in {}", wish.key, wish.air));
      out_.stated.back() = head.air.has_value();
      places_.push_back(Place{cell, own.factor, own.offset});
      return;
    }
    const auto& unit = head.unit;
    out_.stated.back() = unit.has_value();
    if (unit && unit->dimension != wanted.dimension)
      wrong(fmt::format("column '{}' is not in the dimension of the {}", trim(cells_[cell]), wish.key),
            fmt::format("the {} is given in {}", wish.key, wish.unit));
    places_.push_back(Place{cell, unit ? unit->factor : wanted.factor});
  }

  static std::string_view shown_unit(const ColumnWish& wish) {
    return wish.air.empty() ? wish.unit : wish.air;
  }

  void read_rows() {
    while (next_line() && problems_.size() < 10) {
      split();
      lines_.push_back(line_number_);
      if (cells_.size() != width_) {
        wrong(fmt::format("a row of {} cells under a header of {}", cells_.size(), width_));
        continue;
      }
      if (time_ >= 0) times_.push_back(cells_[static_cast<std::size_t>(time_)]);
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
            "fill the gap; nothing is invented here", 0, cell);
      return 0;
    }
    const double si = x * places_[c]->factor + places_[c]->offset,
                 unit = units::parse_unit(wish.unit)->factor;
    if (si < wish.min * unit || si > wish.max * unit)
      wrong(fmt::format("a {} of {:.6g} {}", wish.key, si / unit, shown_unit(wish)),
            fmt::format("{} to {} {}", wish.min, wish.max, shown_unit(wish)), 0, cell);
    return si;
  }

  /// The zone of a column that is named after it is fixed, too.
  void read_times() {
    if (time_ < 0) return;
    const std::string& name = headings_[static_cast<std::size_t>(time_)].full;
    const bool utc = name.find("utc") != std::string::npos;
    const auto order = day_order(times_);
    for (std::size_t i = 0; i < times_.size(); ++i) {
      auto stamp = parse_stamp(times_[i], order.value_or(DayOrder::kMonthFirst));
      if (!stamp) {
        wrong(fmt::format("'{}' is no time", trim(times_[i])),
              "ISO 8601, as 2026-01-31T05:00Z, or 1/31/2026 5:00, or 31.01.2026 05:00", lines_[i]);
        return;
      }
      if (!order && times_[i].find('/') != std::string_view::npos) {
        wrong(fmt::format("'{}': which of the two is the month? No day of the file says it", trim(times_[i])),
              "ISO 8601, as 2026-01-31T05:00Z", lines_[i]);
        return;
      }
      stamp->absolute = stamp->absolute || utc;
      stamps_.push_back(*stamp);
    }
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
  std::shared_ptr<base::SourceText> source_;
  std::string_view all_;
  const std::string& name_;
  std::vector<Heading> headings_;
  std::vector<std::string_view> times_;
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
