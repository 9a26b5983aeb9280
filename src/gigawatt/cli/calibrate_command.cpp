#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/analysis/calibrate.h"
#include "gigawatt/analysis/calibration_text.h"
#include "gigawatt/cli/commands.h"
#include "gigawatt/config/csv.h"

namespace gigawatt::cli {

int calibrate_command(const CalibrateArguments& a, const Common& common, Console& console) {
  const auto known = knowledge();
  const auto csv = config::read_csv(a.kernels.empty() ? data_directory() / "validation" / "kernels.csv"
                                                      : std::filesystem::path(a.kernels));
  if (!csv) throw InputError({csv.error()});
  const auto rows = analysis::parse_kernel_rows(*csv, known.catalog.accelerators());
  analysis::CalibrationOptions options;
  options.from_shipped = !a.from_scratch;
  const auto report = analysis::calibrate(rows, {}, data_directory() / "calibration", options);
  if (!report) throw InputError(report.error());
  if (!a.out.empty()) {
    try {
      analysis::write_report(*report, a.out, "Written by \"gigawatt calibrate\"; do not edit.");
    } catch (const std::system_error& problem) {
      throw OutputError(
          fmt::format("cannot write the constants to '{}': {}", a.out, problem.code().message()));
    }
  }
  console.print(common.json ? analysis::to_json(*report).dump(2) + "\n" : analysis::to_text(*report));
  return kDone;
}

}  // namespace gigawatt::cli
