#pragma once
/// Cells of a Parquet table by row, and the accelerators that its rows name.

#include <cmath>
#include <string_view>
#include <vector>

#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/kernels/call.h"
#include "gigawatt/results/parquet.h"

namespace gigawatt::measured {

/// One row of a Parquet table as the kernel module reads it.
class ParquetRow final : public kernels::CallRow {
 public:
  explicit ParquetRow(const results::ParquetTable& table) : table_(table) {}
  void go_to(std::size_t row) { row_ = row; }
  double number(std::string_view column) const override {
    const auto* c = table_.column(column);
    return c == nullptr || c->is_text ? std::nan("") : c->numbers[row_];
  }
  std::string_view text(std::string_view column) const override {
    const auto* c = table_.column(column);
    return c == nullptr || !c->is_text ? std::string_view()
                                       : c->dictionary[static_cast<std::size_t>(c->words[row_])];
  }

 private:
  const results::ParquetTable& table_;
  std::size_t row_ = 0;
};

/// By name or alias; nullptr: the catalogue has none.
inline const catalog::Accelerator* accelerator_named(const std::vector<catalog::Accelerator>& all,
                                                     std::string_view name) {
  for (const auto& a : all) {
    if (a.name == name) return &a;
    for (const auto& alias : a.aliases)
      if (alias == name) return &a;
  }
  return nullptr;
}

}  // namespace gigawatt::measured
