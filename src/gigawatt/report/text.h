#pragma once
/// A run as the tables of a terminal: read in ten seconds, at most 100 columns wide, colored only where asked.

#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/engine/run.h"

namespace gigawatt::report {

/// A table with a header, aligned by column; numbers to the right. Text columns are shortened, the widest first,
/// until the table fits kMaxWidth.
class Table {
 public:
  static constexpr std::size_t kMaxWidth = 100;
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kRight;
    std::size_t max_width = 40;  ///< longer cells end in an ellipsis,
    bool wraps = false;          ///< or go on below
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void row(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  std::string render(bool color) const;

 private:
  std::vector<std::size_t> widths() const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Columns that a terminal shows for a UTF-8 text (one per code point).
std::size_t display_width(std::string_view text);

std::string summary_text(const engine::Inputs& inputs, const engine::RunOutput& output, bool color);
std::string claims_text(const engine::Inputs& inputs, const engine::RunOutput& output, bool color);

}  // namespace gigawatt::report
