#pragma once

#include <string>

#include "gigawatt/analysis/runs.h"
#include "gigawatt/analysis/validate.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/step/load_calibration.h"
#include "gigawatt/step/software.h"

namespace gigawatt::analysis::test {

inline const std::string kCalibrationFolder = GW_SOURCE_DIR "/data/calibration";

/// The catalogue, profiles, constants and measured runs that ship with the program.
struct Shipped {
  catalog::Catalog catalog = catalog::Catalog::load(GW_SOURCE_DIR "/data").value();
  step::SoftwareCatalog software =
      step::load_software(GW_SOURCE_DIR "/data/software", kCalibrationFolder).value();
  step::Calibration calibration = step::load_calibration(kCalibrationFolder, catalog.accelerators()).value();
  RunTable table = read_runs(GW_SOURCE_DIR "/data/validation/runs.csv").value();

  /// What is known, with these constants.
  Knowledge knowledge(const step::Calibration& constants) const {
    return {catalog.accelerators(), catalog.systems(), catalog.models(), &software, &constants};
  }
  Knowledge knowledge() const { return knowledge(calibration); }
};

inline const Shipped& shipped() {
  static const Shipped s;
  return s;
}

}  // namespace gigawatt::analysis::test
