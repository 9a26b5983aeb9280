/// A catalogued model on a catalogued system under any plan and sizes: refused with a reason, or a step whose figures
/// are finite and add up; and a plan that can be written reads back as it was.

#include <cmath>
#include <cstring>
#include <string>

#include "fuzz.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/step/load_calibration.h"
#include "gigawatt/step/schedule_input.h"
#include "gigawatt/step/software_catalog.h"
#include "gigawatt/step/step.h"

namespace {

using namespace gigawatt;

struct Shipped {
  catalog::Catalog catalog = catalog::Catalog::load(GIGAWATT_DEFAULT_DATA_DIR).value();
  step::Calibration calibration =
      step::load_calibration(std::filesystem::path(GIGAWATT_DEFAULT_DATA_DIR) / "calibration",
                             catalog.accelerators())
          .value();
  step::SoftwareProfile software;
};

const Shipped& shipped() {
  static const Shipped s;
  return s;
}

/// The first bytes choose model, system and sizes; the rest is the plan's text.
struct Bytes {
  const std::uint8_t* data;
  std::size_t size;

  std::uint32_t next() {
    std::uint32_t value = 0;
    const std::size_t n = std::min<std::size_t>(size, sizeof value);
    std::memcpy(&value, data, n);
    data += n;
    size -= n;
    return value;
  }
};

/// Mostly what people ask (small powers of two), sometimes anything.
std::int64_t count(std::uint32_t word) {
  return (word & 3) != 0 ? std::int64_t{1} << (word / 4 % 22) : std::int64_t{word / 4} + 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fuzz::require;
  Bytes bytes{data, size};
  const Shipped& s = shipped();
  step::StepRequest request;
  request.model = &s.catalog.models()[bytes.next() % s.catalog.models().size()];
  request.system = &s.catalog.systems()[bytes.next() % s.catalog.systems().size()];
  request.accelerator = &s.catalog.accelerator_of(*request.system);
  request.software = &s.software;
  request.gpus = count(bytes.next());
  request.seq_len = count(bytes.next());
  request.global_batch = count(bytes.next());
  request.kind = static_cast<step::TrainingKind>(bytes.next() % 3);
  const auto plan = step::parse_plan(fuzz::as_text(bytes.data, bytes.size));
  if (!plan) {
    require(!plan.error().empty(), "a refusal has a reason");
    return 0;
  }
  const auto again = step::parse_plan(step::to_string(*plan));
  require(again.has_value() && *again == *plan, "a written plan reads back as it was");
  request.plan = *plan;
  const auto result = step::evaluate(request, s.calibration);
  if (!result) {
    require(!result.error().message.empty(), "a refusal has a reason");
    return 0;
  }
  require(std::isfinite(result->step_time_s) && result->step_time_s > 0, "a step takes some time");
  for (const double seconds : result->time.seconds)
    require(std::isfinite(seconds) && seconds >= 0, "a term is finite and not negative");
  require(result->low_s <= result->step_time_s && result->step_time_s <= result->high_s,
          "the band holds the step");
  for (const double part : result->memory.bytes)
    require(std::isfinite(part) && part >= 0, "a part of memory is finite and not negative");
  require(result->mfu_causal > 0 && result->hfu <= 1, "no accelerator is faster than its peak");
  return 0;
}
