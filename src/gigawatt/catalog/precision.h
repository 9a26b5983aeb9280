#pragma once
/// Numeric formats of matrix work, in the order in which data files list them.

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace gigawatt::catalog {

enum class Precision { kFp32, kTf32, kFp16, kBf16, kFp8, kMxfp8, kNvfp4, kInt8 };
inline constexpr std::size_t kPrecisionCount = 8;

inline constexpr std::array<std::string_view, kPrecisionCount> kPrecisionNames = {
    "fp32", "tf32", "fp16", "bf16", "fp8", "mxfp8", "nvfp4", "int8"};

constexpr std::string_view to_string(Precision p) { return kPrecisionNames[static_cast<std::size_t>(p)]; }

/// The precision of a name as in `kPrecisionNames` ("bfloat16" and "fp4" are accepted too).
constexpr std::optional<Precision> parse_precision(std::string_view name) {
  if (name == "bfloat16") return Precision::kBf16;
  if (name == "fp4") return Precision::kNvfp4;
  for (std::size_t i = 0; i < kPrecisionCount; ++i)
    if (kPrecisionNames[i] == name) return static_cast<Precision>(i);
  return std::nullopt;
}

}  // namespace gigawatt::catalog
