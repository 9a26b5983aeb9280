#include "gigawatt/catalog/accelerator.h"

#include "gigawatt/config/fields.h"

namespace gigawatt::catalog {

const PricePoint* price_at(const Accelerator& accelerator, std::string_view date) {
  const PricePoint* found = accelerator.price.empty() ? nullptr : &accelerator.price.front();
  for (const auto& point : accelerator.price)
    if (point.date <= date) found = &point;
  return found;
}

void fields(config::FieldVisitor& v, PricePoint& x) {
  v(x.date, {.key = "date", .doc = "From this day on.", .required = true});
  sourced(v, x.usd,
          {.key = "usd", .doc = "Price of one accelerator.", .unit = "USD", .min = 0, .required = true});
}

void fields(config::FieldVisitor& v, Accelerator& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "Name as people write it.", .required = true});
  v(x.vendor, {.key = "vendor", .doc = "Maker.", .required = true});
  v(x.generation,
    {.key = "generation", .doc = "Family of chips that share an architecture.", .required = true});
  v(x.released, {.key = "released", .doc = "Day of general availability.", .required = true});
  v(x.announced, {.key = "announced", .doc = "Not shipping yet: figures are announcements."});
  v(x.aliases, {.key = "aliases", .doc = "Other names, as in measurement files."});
  sourced(v, x.memory_bytes,
          {.key = "memory",
           .doc = "Capacity usable by a program.",
           .unit = "GB",
           .required = true,
           .positive = true});
  sourced(v, x.memory_bandwidth,
          {.key = "memory_bandwidth",
           .doc = "Peak bandwidth of that memory.",
           .unit = "TB/s",
           .required = true,
           .positive = true});
  sourced(v, x.tdp_w,
          {.key = "tdp",
           .doc = "Power limit of the board or package.",
           .unit = "W",
           .required = true,
           .positive = true});
  sourced(v, x.idle_w,
          {.key = "idle",
           .doc = "Power at idle with the driver loaded.",
           .unit = "W",
           .min = 0,
           .required = true});
  sourced(v, x.scaleup_bandwidth,
          {.key = "scaleup_bandwidth",
           .doc = "Scale-up link per direction; left out: none.",
           .unit = "GB/s",
           .min = 0});
  sourced(v, x.sm_count,
          {.key = "sm_count", .doc = "Multiprocessors, compute units or cores.", .min = 1, .required = true});
  sourced(v, x.boost_clock_hz,
          {.key = "boost_clock",
           .doc = "Clock at which the peaks are quoted.",
           .unit = "MHz",
           .required = true,
           .positive = true});
  sourced(v, x.l2_bytes,
          {.key = "l2",
           .doc = "Last-level cache or shared scratchpad.",
           .unit = "MiB",
           .min = 0,
           .required = true});
  const config::Field peak{
      .key = "peak", .doc = "Dense peak by format; a format left out has no hardware.", .required = true};
  if (v.begin_table(peak)) {
    for (std::size_t i = 0; i < kPrecisionCount; ++i)
      sourced(v, x.peak_flops[i],
              {.key = kPrecisionNames[i], .doc = "Dense peak.", .unit = "TFLOP/s", .min = 0});
    v.end_table(peak);
  }
  v(x.price, {.key = "price", .doc = "Street price from a date on."});
}

}  // namespace gigawatt::catalog
