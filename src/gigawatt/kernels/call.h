#pragma once
/// A row of a table of measured kernels as a call of a kernel: its terms, its measured time, and under which law it
/// falls. Tables are those of ai-dynamo/aiconfigurator: one file an operation, columns by operation.
///
/// The law of a row is looked up from the most to the least specific name:
///     1. operation, kernel source, engine, formats and phase;
///     2. operation, formats and phase, any kernel;
///     3. operation.

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gigawatt/kernels/device.h"
#include "gigawatt/kernels/law.h"

namespace gigawatt::kernels {

/// Cells of one row by column name.
class CallRow {
 public:
  virtual ~CallRow() = default;
  virtual double number(std::string_view column) const = 0;          ///< NaN: absent, or no number
  virtual std::string_view text(std::string_view column) const = 0;  ///< "": absent
};

/// The operations that `call_terms` knows, by the name of their file ("generation_attention").
std::span<const std::string_view> known_operations();

/// Nothing where the operation is unknown or the row lacks what it needs.
std::optional<Terms> call_terms(std::string_view operation, const CallRow& row, const Device& device);

/// Seconds of the row (`latency` and `avg_ms` in milliseconds, `*_us` in microseconds); 0: none.
double measured_seconds(const CallRow& row);

/// Names of the row's law, most specific first.
std::array<std::string, 3> law_names(std::string_view operation, const CallRow& row);

/// What distinguishes the kernels of one shape of weights: "the shape" that is left out as a whole when laws are checked.
std::string shape_name(std::string_view operation, const CallRow& row);

}  // namespace gigawatt::kernels
