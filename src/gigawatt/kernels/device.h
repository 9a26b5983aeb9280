#pragma once
/// What the terms of serving kernels take from an accelerator's data sheet, and the numeric formats of weights.

#include <cstdint>
#include <optional>
#include <string_view>

#include "gigawatt/catalog/accelerator.h"

namespace gigawatt::kernels {

/// Dense peaks in FLOP/s by width of the operands; a width without hardware runs at the next wider one.
struct Device {
  double peak16 = 0;
  double peak8 = 0;
  double peak4 = 0;
  double bandwidth = 0;  ///< of memory, byte/s
  double sms = 1;        ///< streaming multiprocessors, or their like
  double link = 0;       ///< to a neighbour in the scale-up domain, byte/s a direction
  bool switched = true;  ///< the link is a scale-up fabric; false: PCIe, shared beyond two cards
};

Device make_device(const catalog::Accelerator& accelerator);

/// How a matrix product stores its weights and what it multiplies with.
enum class Format : std::uint8_t {
  kBf16,
  kFp8,
  kFp8Block,
  kInt8,
  kNvfp4,
  kMxfp4A16,
  kMxfp4A8,
  kInt4Weight,
  kInt8Weight
};

/// Names as in tables of measurements ("bfloat16", "fp8_block", "w4a16_mxfp4", ...) and as people write ("fp4").
std::optional<Format> parse_format(std::string_view name);

double weight_bytes(Format format);      ///< of one weight, scales included
double activation_bytes(Format format);  ///< of one element as the product reads it
double peak(const Device& device, Format format);

}  // namespace gigawatt::kernels
