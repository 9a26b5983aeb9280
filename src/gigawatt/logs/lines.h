#pragma once
/// Lines and cells of a log. Private to this module.

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/base/sim_time.h"

namespace gigawatt::logs {

/// One line after the other, without its end, numbered from 1. A line longer than the limit is cut there (it will
/// then be broken).
class Lines {
 public:
  explicit Lines(std::istream& in) : in_(in) {}
  bool next(std::string& line);
  std::uint32_t number() const { return number_; }

 private:
  std::istream& in_;
  std::uint32_t number_ = 0;
};

/// Cells of a CSV line (RFC 4180, through libcsv); false where a quote is wrong or left open.
class CsvCells {
 public:
  CsvCells();
  ~CsvCells();
  CsvCells(const CsvCells&) = delete;
  CsvCells& operator=(const CsvCells&) = delete;
  bool split(std::string_view line, std::vector<std::string>& cells);

 private:
  struct Parser;
  Parser* parser_;
};

void split_plain(std::string_view line, char separator, std::vector<std::string>& cells);
void split_blanks(std::string_view line, std::vector<std::string_view>& cells);

/// Finite decimal numbers, nothing around them.
std::optional<double> number(std::string_view text);
std::optional<std::int64_t> whole(std::string_view text);  ///< "8" or "8.0"

/// Seconds as microseconds, where they fit (within 10,000 years).
std::optional<std::int64_t> seconds_us(std::string_view text);

/// "2023-05-17 11:00:58+08:00", "2023-05-17T11:00:58", "...Z", with fractions; or seconds since 1970.
std::optional<base::SimTime> timestamp(std::string_view text);

/// Slurm's "[days-]hours:minutes:seconds", "minutes:seconds", "minutes".
std::optional<std::int64_t> slurm_duration_us(std::string_view text);

}  // namespace gigawatt::logs
