#pragma once
/// A linear or mixed-integer program, built in memory:
///
///     minimize    c'x + offset
///     subject to  row_low <= A x <= row_high
///                 low <= x <= high,   x_j whole for the integer columns
///
/// Columns and rows are numbered from 0 in the order in which they are added; the entries of A may come in any order,
/// and entries at the same place add up. Maximize by negating the costs. `kInfinity` is "no bound"; every other
/// number must be finite. Units are the caller's: keep coefficients and bounds between about 1e-4 and 1e6 (MW and
/// hours, not watts and seconds), because the solver's tolerances are absolute, of the order of 1e-7.

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace gigawatt::solver {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Term {
  int column = 0;
  double coefficient = 0;
};

class Model {
 public:
  int add_column(double cost, double low, double high);
  int add_integer(double cost, double low, double high);
  int add_binary(double cost) { return add_integer(cost, 0, 1); }

  int add_row(double low, double high);
  int add_row(double low, double high, std::span<const Term> terms);
  int add_row(double low, double high, std::initializer_list<Term> terms);
  void add_entry(int row, int column, double coefficient);
  void add_cost(int column, double cost) { cost_[static_cast<std::size_t>(column)] += cost; }
  void add_offset(double cost) { offset_ += cost; }

  /// Room for what is coming, where that is known.
  void reserve(std::size_t columns, std::size_t rows, std::size_t entries);

  int columns() const { return static_cast<int>(cost_.size()); }
  int rows() const { return static_cast<int>(row_low_.size()); }
  std::size_t entries() const { return entries_.size(); }
  bool mixed_integer() const { return integers_ > 0; }

  std::span<const double> cost() const { return cost_; }
  std::span<const double> low() const { return low_; }
  std::span<const double> high() const { return high_; }
  std::span<const double> row_low() const { return row_low_; }
  std::span<const double> row_high() const { return row_high_; }
  std::span<const int> integrality() const { return integer_; }  ///< 1 for an integer column, else 0
  double offset() const { return offset_; }

  /// A by columns: the entries of column j are at [start[j], start[j + 1]).
  struct Columns {
    std::vector<int> start, row;
    std::vector<double> value;
  };
  Columns by_columns() const;

  /// The same without the demand that columns be whole.
  Model relaxed() const;

  /// What a solver would read differently from what is written here, with the place; "" where nothing is.
  std::string defect() const;

 private:
  struct Entry {
    int row, column;
    double value;
  };
  std::vector<double> cost_, low_, high_, row_low_, row_high_;
  std::vector<int> integer_;
  std::vector<Entry> entries_;
  double offset_ = 0;
  int integers_ = 0;
};

}  // namespace gigawatt::solver
