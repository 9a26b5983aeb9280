#pragma once
/// Lines and cells of a log. Private to this module.

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/logs/timestamp.h"

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

/// Slurm's "[days-]hours:minutes:seconds", "minutes:seconds", "minutes".
std::optional<std::int64_t> slurm_duration_us(std::string_view text);

}  // namespace gigawatt::logs
