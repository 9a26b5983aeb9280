#pragma once
/// What is published of one accelerator (chip or package as sold: one H100 SXM, one B200, one TPU chip); data/chips/*.toml.
///
/// Rates are the vendor's dense peaks: no program reaches them. What kernels and training reach is fitted (data/calibration,
/// catalog/fitted.h) and never written here. A figure of 0 is not published, or the chip has no such part, as each member
/// says. What chips share with a server (links, host, price of the whole) belongs to the System.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/catalog/precision.h"
#include "gigawatt/catalog/sourced.h"

namespace gigawatt::config {
class FieldVisitor;
}

namespace gigawatt::catalog {

/// Street price of one accelerator from a date on (until the next entry).
struct PricePoint {
  std::string date;  ///< ISO 8601 day
  Sourced usd;
};

struct Accelerator {
  std::string name;   ///< canonical: "h100-sxm-80"
  std::string title;  ///< as people write it: "NVIDIA H100 SXM5 80GB"
  std::string vendor;
  std::string
      generation;  ///< volta ampere hopper blackwell blackwell-ultra rubin cdna3 cdna4 tpu trainium mtia
  std::string released;              ///< ISO 8601 day of general availability
  bool announced = false;            ///< true: not shipping yet, figures are the vendor's announcements
  std::vector<std::string> aliases;  ///< names as in measurement files: "H100-80GB"
  /// Dense peak, FLOP/s (OP/s for int8); 0: the format is not supported.
  std::array<Sourced, kPrecisionCount> peak_flops;
  Sourced memory_bytes;      ///< capacity, decimal bytes as usable by a program
  Sourced memory_bandwidth;  ///< byte/s
  Sourced tdp_w;             ///< board or package power limit
  Sourced idle_w;
  Sourced scaleup_bandwidth;  ///< NVLink / xGMI / ICI, byte/s per direction, 0: none
  Sourced sm_count;           ///< streaming multiprocessors or their like (CUs, tensor cores' hosts)
  Sourced boost_clock_hz;
  Sourced l2_bytes;
  std::vector<PricePoint> price;

  /// 0 where the chip has no hardware for the format.
  double peak(Precision p) const { return peak_flops[static_cast<std::size_t>(p)].value; }
};

/// The price in force on an ISO 8601 day: the latest entry not after it, else the first; nullptr without any.
const PricePoint* price_at(const Accelerator& accelerator, std::string_view date);

void fields(config::FieldVisitor& v, PricePoint& x);
void fields(config::FieldVisitor& v, Accelerator& x);

}  // namespace gigawatt::catalog
