#pragma once
/// A table in memory by columns, as Python and the vectorized questions exchange it. Texts are numbered: a column of a
/// million rows that holds five names holds five texts. A missing value is marked beside the values.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gigawatt::results {

struct Column {
  enum class Kind : std::uint8_t { kInteger, kNumber, kBoolean, kText };

  std::string name;
  Kind kind = Kind::kNumber;
  std::vector<std::int64_t> integers;   ///< of kInteger; of kBoolean 0 and 1
  std::vector<double> numbers;          ///< of kNumber
  std::vector<std::int32_t> words;      ///< of kText: index into `dictionary`
  std::vector<std::string> dictionary;  ///< of kText
  std::vector<std::uint8_t> missing;    ///< 1: no value; empty: all are there
  bool constant = false;                ///< the one value holds for all rows

  std::size_t at(std::size_t row) const { return constant ? 0 : row; }
  bool is_missing(std::size_t row) const { return !missing.empty() && missing[at(row)] != 0; }
  std::size_t size() const {
    return kind == Kind::kNumber ? numbers.size() : kind == Kind::kText ? words.size() : integers.size();
  }
};

struct Columns {
  std::vector<Column> columns;
  std::size_t rows = 0;

  const Column* find(std::string_view name) const {
    for (const auto& column : columns)
      if (column.name == name) return &column;
    return nullptr;
  }
};

}  // namespace gigawatt::results
