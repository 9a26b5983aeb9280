#include "gigawatt/solver/model.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/base/check.h"

namespace gigawatt::solver {
namespace {

// HiGHS takes a bound or a cost of at least this for infinite, and drops entries of at most the other.
constexpr double kTooLarge = 1e15;
constexpr double kTooSmall = 1e-9;

bool readable(double x, bool may_be_infinite) {
  return std::isinf(x) ? may_be_infinite : std::abs(x) < kTooLarge;
}

/// What is wrong with the bounds of columns or rows; `what` names them.
std::string bounds_defect(const char* what, std::span<const double> low, std::span<const double> high) {
  for (std::size_t i = 0; i < low.size(); ++i) {
    const bool fine = readable(low[i], low[i] < 0) && readable(high[i], high[i] > 0) && !std::isnan(low[i]) &&
                      !std::isnan(high[i]);
    if (!fine) return fmt::format("{} {} has the bounds {} and {}", what, i, low[i], high[i]);
  }
  return {};
}

}  // namespace

int Model::add_column(double cost, double low, double high) {
  cost_.push_back(cost);
  low_.push_back(low);
  high_.push_back(high);
  integer_.push_back(0);
  return columns() - 1;
}

int Model::add_integer(double cost, double low, double high) {
  const int column = add_column(cost, low, high);
  integer_.back() = 1;
  ++integers_;
  return column;
}

int Model::add_row(double low, double high) {
  row_low_.push_back(low);
  row_high_.push_back(high);
  return rows() - 1;
}

int Model::add_row(double low, double high, std::span<const Term> terms) {
  const int row = add_row(low, high);
  for (const Term& term : terms) add_entry(row, term.column, term.coefficient);
  return row;
}

int Model::add_row(double low, double high, std::initializer_list<Term> terms) {
  return add_row(low, high, std::span(terms.begin(), terms.size()));
}

void Model::add_entry(int row, int column, double coefficient) {
  GW_CHECK(row >= 0 && row < rows() && column >= 0 && column < columns(), "row {} of {}, column {} of {}",
           row, rows(), column, columns());
  if (coefficient != 0) entries_.push_back({row, column, coefficient});
}

void Model::reserve(std::size_t columns, std::size_t rows, std::size_t entries) {
  for (auto* v : {&cost_, &low_, &high_}) v->reserve(columns);
  for (auto* v : {&row_low_, &row_high_}) v->reserve(rows);
  integer_.reserve(columns);
  entries_.reserve(entries);
}

Model::Columns Model::by_columns() const {
  // Two counting sorts, by row and then by column, leave each column's rows ascending and equal places together.
  std::vector<int> by_row(entries_.size()), first(static_cast<std::size_t>(rows()) + 1);
  for (const Entry& e : entries_) ++first[static_cast<std::size_t>(e.row) + 1];
  for (std::size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
  for (std::size_t i = 0; i < entries_.size(); ++i)
    by_row[static_cast<std::size_t>(first[static_cast<std::size_t>(entries_[i].row)]++)] =
        static_cast<int>(i);

  std::vector<int> place(static_cast<std::size_t>(columns()) + 1);
  for (const Entry& e : entries_) ++place[static_cast<std::size_t>(e.column) + 1];
  for (std::size_t j = 1; j < place.size(); ++j) place[j] += place[j - 1];
  std::vector<int> order(entries_.size());
  for (const int i : by_row)
    order[static_cast<std::size_t>(
        place[static_cast<std::size_t>(entries_[static_cast<std::size_t>(i)].column)]++)] = i;

  Columns out;
  out.start.assign(static_cast<std::size_t>(columns()) + 1, 0);
  out.row.reserve(entries_.size());
  out.value.reserve(entries_.size());
  int column = 0;
  for (const int i : order) {
    const Entry& e = entries_[static_cast<std::size_t>(i)];
    while (column < e.column)
      out.start[static_cast<std::size_t>(++column)] = static_cast<int>(out.row.size());
    if (static_cast<int>(out.row.size()) > out.start[static_cast<std::size_t>(column)] &&
        out.row.back() == e.row)
      out.value.back() += e.value;
    else {
      out.row.push_back(e.row);
      out.value.push_back(e.value);
    }
  }
  while (column < columns()) out.start[static_cast<std::size_t>(++column)] = static_cast<int>(out.row.size());
  return out;
}

Model Model::relaxed() const {
  Model out = *this;
  std::fill(out.integer_.begin(), out.integer_.end(), 0);
  out.integers_ = 0;
  return out;
}

std::string Model::defect() const {
  for (std::size_t j = 0; j < cost_.size(); ++j)
    if (!readable(cost_[j], false) || std::isnan(cost_[j]))
      return fmt::format("column {} has the cost {}", j, cost_[j]);
  if (auto text = bounds_defect("column", low_, high_); !text.empty()) return text;
  if (auto text = bounds_defect("row", row_low_, row_high_); !text.empty()) return text;
  for (const Entry& e : entries_)
    if (std::isnan(e.value) || !readable(e.value, false) || std::abs(e.value) <= kTooSmall)
      return fmt::format("row {}, column {} has the coefficient {}", e.row, e.column, e.value);
  return {};
}

}  // namespace gigawatt::solver
