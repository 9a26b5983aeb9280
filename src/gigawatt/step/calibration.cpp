#include "gigawatt/step/calibration.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gigawatt::step {
namespace {

/// Which generation stands in for one without measurements: the nearest in matrix units and era.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kFallback = {
    {{"volta", "ampere"},
     {"ada", "ampere"},
     {"blackwell-ultra", "blackwell"},
     {"rubin", "blackwell"},
     {"cdna2", "ampere"},
     {"cdna3", "hopper"},
     {"cdna4", "blackwell"},
     {"tpu", "hopper"},
     {"trainium", "hopper"},
     {"mtia", "hopper"}}};

const ChipCalibration* by_generation(const std::vector<ChipCalibration>& chips, std::string_view generation) {
  const ChipCalibration* any = nullptr;
  for (const auto& chip : chips) {
    if (chip.name == generation) return &chip;
    if (any == nullptr && chip.generation == generation) any = &chip;
  }
  return any;
}

}  // namespace

const ChipCalibration* Calibration::find(const catalog::Accelerator& accelerator) const {
  for (const auto& chip : chips)
    if (chip.name == accelerator.name) return &chip;
  std::string_view generation = accelerator.generation;
  for (int hops = 0; hops < 3; ++hops) {
    if (const auto* chip = by_generation(chips, generation)) return chip;
    const auto* next = std::find_if(kFallback.begin(), kFallback.end(),
                                    [&](const auto& f) { return f.first == generation; });
    if (next == kFallback.end()) break;
    generation = next->second;
  }
  if (const auto* chip = by_generation(chips, "hopper")) return chip;
  return chips.empty() ? nullptr : &chips.front();
}

}  // namespace gigawatt::step
