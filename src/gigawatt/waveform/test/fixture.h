#pragma once
/// What the tests of this module stand on: the shipped catalogue, calibration and power laws.

#include <string>

#include <gtest/gtest.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/power/library.h"
#include "gigawatt/step/load_calibration.h"
#include "gigawatt/step/software_catalog.h"
#include "gigawatt/waveform/profile.h"

namespace gigawatt::waveform::test {

struct World {
  catalog::Catalog catalog;
  step::Calibration calibration;
  step::SoftwareCatalog software;
  power::PowerLibrary power;
};

inline const World& world() {
  static const World kWorld = [] {
    const std::string data = std::string(GW_SOURCE_DIR) + "/data";
    auto catalog = catalog::Catalog::load(data);
    const catalog::FittedLibrary library(data + "/calibration", {});
    auto calibration = step::load_calibration(library, catalog->accelerators());
    return World{std::move(*catalog), std::move(*calibration),
                 *step::load_software(data + "/software", library), *power::load_power(data)};
  }();
  return kWorld;
}

inline step::StepRequest request(std::string_view model, std::string_view system, std::int64_t gpus) {
  step::StepRequest r;
  r.model = *world().catalog.model(model);
  r.system = *world().catalog.system(system);
  r.accelerator = &world().catalog.accelerator_of(*r.system);
  r.software = &world().software.default_profile();
  r.gpus = gpus;
  r.seq_len = 4096;
  return r;
}

/// The profile of a legal request, and its step.
inline Profile profile(const step::StepRequest& r, const ProfileOptions& options = {}) {
  const auto result = step::evaluate(r, world().calibration);
  EXPECT_TRUE(result) << result.error().message;
  const auto p =
      step_profile(r, world().calibration, world().power, world().catalog.accelerators(), *result, options);
  EXPECT_TRUE(p) << p.error().message;
  return *p;
}

}  // namespace gigawatt::waveform::test
