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

/// One line after the other, without its end, numbered from 1. A byte-order mark at the beginning is dropped. A line
/// longer than the limit is cut there (it will then be broken). A view stays valid until the next call.
class Lines {
 public:
  explicit Lines(std::istream& in);
  bool next(std::string_view& line);
  std::uint32_t number() const { return number_; }
  /// The last line ended without a line feed, as in a file that was cut off.
  bool unterminated() const { return unterminated_; }
  /// From now on a longer line is given out in pieces instead, each as if it were a line.
  void give_pieces() { pieces_ = true; }
  /// What was given out last goes on in the next piece.
  bool goes_on() const { return goes_on_; }

 private:
  bool fill();

  std::istream& in_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // of what is read and not yet given out
  std::uint32_t number_ = 0;
  bool unterminated_ = false;
  bool pieces_ = false, goes_on_ = false;
};

/// What stands between the cells of a table with this first line: ',', or where it has none of these a tab, ';' or '|'.
char csv_separator(std::string_view header);

/// Cells of a CSV line (RFC 4180, through libcsv); false where a quote is wrong or left open.
class CsvCells {
 public:
  explicit CsvCells(char separator = ',');
  ~CsvCells();
  CsvCells(const CsvCells&) = delete;
  CsvCells& operator=(const CsvCells&) = delete;
  bool split(std::string_view line, std::vector<std::string>& cells);
  void separate_by(char separator);

 private:
  struct Parser;
  Parser* parser_;
  char separator_;
};

void split_plain(std::string_view line, char separator, std::vector<std::string>& cells);
void split_blanks(std::string_view line, std::vector<std::string_view>& cells);

/// Slurm's "[days-]hours:minutes:seconds", "minutes:seconds", "minutes".
std::optional<std::int64_t> slurm_duration_us(std::string_view text);

/// Slurm's Elapsed and Suspended: "[days-]hours:minutes:seconds", where "minutes:seconds" may have a fraction.
std::optional<std::int64_t> elapsed_us(std::string_view text);

}  // namespace gigawatt::logs
