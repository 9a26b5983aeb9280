#include "gigawatt/kernels/device.h"

#include <array>
#include <utility>

namespace gigawatt::kernels {
namespace {

// A card without a scale-up link talks over PCIe 4.0 x16 (PCI-SIG: 16 GT/s, 128b/130b, 16 lanes).
constexpr double kPcieBandwidth = 32e9;

constexpr std::array<std::pair<std::string_view, Format>, 20> kFormats = {{
    {"bfloat16", Format::kBf16},
    {"bf16", Format::kBf16},
    {"fp16", Format::kBf16},
    {"half", Format::kBf16},
    {"float16", Format::kBf16},
    {"fp8", Format::kFp8},
    {"fp8_e4m3", Format::kFp8},
    {"fp8_block", Format::kFp8Block},
    {"int8", Format::kInt8},
    {"sq", Format::kInt8},
    {"nvfp4", Format::kNvfp4},
    {"fp4", Format::kNvfp4},
    {"w4a16_mxfp4", Format::kMxfp4A16},
    {"mxfp4", Format::kMxfp4A16},
    {"w4a8_mxfp4_mxfp8", Format::kMxfp4A8},
    {"mxfp8", Format::kFp8},
    {"int4_wo", Format::kInt4Weight},
    {"int4", Format::kInt4Weight},
    {"uint4", Format::kInt4Weight},
    {"int8_wo", Format::kInt8Weight},
}};

}  // namespace

Device make_device(const catalog::Accelerator& a) {
  using catalog::Precision;
  Device d;
  d.peak16 = a.peak(Precision::kBf16) > 0 ? a.peak(Precision::kBf16) : a.peak(Precision::kFp16);
  d.peak8 = a.peak(Precision::kFp8) > 0    ? a.peak(Precision::kFp8)
            : a.peak(Precision::kInt8) > 0 ? a.peak(Precision::kInt8)
                                           : d.peak16;
  d.peak4 = a.peak(Precision::kNvfp4) > 0 ? a.peak(Precision::kNvfp4) : d.peak8;
  d.bandwidth = a.memory_bandwidth.value;
  d.sms = a.sm_count.value > 0 ? a.sm_count.value : 1;
  d.switched = a.scaleup_bandwidth.value > 0;
  d.link = d.switched ? a.scaleup_bandwidth.value : kPcieBandwidth;
  return d;
}

std::optional<Format> parse_format(std::string_view name) {
  for (const auto& [text, format] : kFormats)
    if (text == name) return format;
  return std::nullopt;
}

double weight_bytes(Format format) {
  switch (format) {
    case Format::kBf16: return 2;
    case Format::kFp8Block: return 1 + 1.0 / 128;  // one scale of a byte's weight for 128 columns
    case Format::kNvfp4: return 0.5 + 1.0 / 16;    // a scale byte for every 16 weights
    case Format::kMxfp4A16:
    case Format::kMxfp4A8: return 0.5 + 1.0 / 32;     // a scale byte for every 32 weights
    case Format::kInt4Weight: return 0.5 + 1.0 / 64;  // a 16-bit scale for every 128 weights
    default: return 1;
  }
}

double activation_bytes(Format format) {
  switch (format) {
    case Format::kNvfp4: return 0.5 + 1.0 / 16;
    case Format::kFp8:
    case Format::kFp8Block:
    case Format::kInt8:
    case Format::kMxfp4A8: return 1;
    default: return 2;
  }
}

double peak(const Device& device, Format format) {
  switch (format) {
    case Format::kNvfp4: return device.peak4;
    case Format::kFp8:
    case Format::kFp8Block:
    case Format::kInt8:
    case Format::kMxfp4A8: return device.peak8;
    default: return device.peak16;
  }
}

}  // namespace gigawatt::kernels
