#include "gigawatt/step/calibration.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gigawatt::step {
namespace {

const ChipCalibration* by_generation(const std::vector<ChipCalibration>& chips, std::string_view generation) {
  const ChipCalibration* any = nullptr;
  for (const auto& chip : chips) {
    if (chip.name == generation) return &chip;
    if (any == nullptr && chip.generation == generation) any = &chip;
  }
  return any;
}

}  // namespace

std::size_t fabric_index(std::string_view name) {
  const auto at = std::find(kFabricNames.begin(), kFabricNames.end(), name);
  return at == kFabricNames.end() ? kFabricNames.size() - 1
                                  : static_cast<std::size_t>(at - kFabricNames.begin());
}

const Generation* Calibration::generation(std::string_view name) const {
  const auto at =
      std::find_if(generations.begin(), generations.end(), [&](const auto& g) { return g.name == name; });
  return at == generations.end() ? nullptr : &*at;
}

const ChipCalibration* Calibration::find(const catalog::Accelerator& accelerator) const {
  for (const auto& chip : chips)
    if (chip.name == accelerator.name) return &chip;
  std::string_view name = accelerator.generation;
  for (std::size_t hops = 0; hops <= generations.size(); ++hops) {
    if (const auto* chip = by_generation(chips, name)) return chip;
    const Generation* known = generation(name);
    if (known == nullptr || known->like.empty()) break;
    name = known->like;
  }
  return chips.empty() ? nullptr : &chips.front();
}

}  // namespace gigawatt::step
