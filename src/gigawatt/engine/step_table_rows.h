#pragma once
/// The rows of a table of step questions as questions. Private to this module.

#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/engine/step_query.h"
#include "gigawatt/results/columns.h"

namespace gigawatt::engine {

/// Every mistake of the columns: unknown, missing, of the wrong kind, out of bounds.
base::Diagnostics check_columns(const results::Columns& table);

/// Reads one row after the other into a question of its own. The table must have passed `check_columns` and outlive it.
class RowReader {
 public:
  explicit RowReader(const results::Columns& table);
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  /// Valid until the next call.
  const StepQuery& read(std::size_t row);

  /// Where a column goes: one of the pointers, into the question at hand.
  struct Slot {
    const results::Column* column = nullptr;
    std::string key;
    std::string* text = nullptr;
    config::NameOrText* entry = nullptr;
    std::int64_t* integer = nullptr;
    bool* boolean = nullptr;
    std::int64_t initial = 0;  ///< of an integer or a boolean, where a row misses it
    std::string initial_text;
    std::int32_t shown = -2;  ///< the word that `text` or `entry` holds now; -1: the default
  };

 private:
  StepQuery query_;
  std::vector<Slot> slots_;
};

/// The rows in an order in which neighbors have most in common, equal rows next to each other.
struct RowOrder {
  std::vector<std::uint32_t> first;   ///< of each distinct question, a row that asks it
  std::vector<std::uint32_t> number;  ///< of each row, its distinct question
};
RowOrder order_rows(const results::Columns& table);

}  // namespace gigawatt::engine
