#include <filesystem>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/analysis/calibrate.h"
#include "gigawatt/analysis/calibrate_runs.h"
#include "gigawatt/analysis/calibration_text.h"
#include "gigawatt/analysis/run_calibration_text.h"
#include "gigawatt/ask/overwrite.h"
#include "gigawatt/base/stop.h"
#include "gigawatt/cli/commands.h"
#include "gigawatt/cli/interrupt.h"
#include "gigawatt/config/csv.h"
#include "gigawatt/step/load_calibration.h"

namespace gigawatt::cli {
namespace {

constexpr const char* kProvenance = "Written by \"gigawatt calibrate\"; do not edit.";

/// What is fitted to which file: a user names the rows; without a name the shipped ones are meant.
struct Files {
  std::filesystem::path kernels, runs;  ///< empty: not fitted
};

Files files_of(const CalibrateArguments& a) {
  const auto shipped = data_directory() / "validation";
  Files files{a.kernels, a.runs};
  if (!a.kernels.empty() || !a.runs.empty()) return files;
  files.kernels = shipped / "kernels.csv";
  if (a.from_scratch) files.runs = shipped / "runs.csv";
  return files;
}

analysis::CalibrationReport fit_kernels(const std::filesystem::path& file, const engine::Knowledge& known,
                                        bool from_scratch) {
  const auto csv = config::read_csv(file);
  if (!csv) throw InputError({csv.error()});
  analysis::CalibrationOptions options;
  options.from_shipped = !from_scratch;
  auto report = analysis::calibrate(analysis::parse_kernel_rows(*csv, known.catalog.accelerators()),
                                    data_directory() / "calibration", options);
  if (!report) throw InputError(report.error());
  return std::move(*report);
}

/// `kernels`: sets fitted just before, which the step model then rests on.
analysis::RunCalibration fit_runs(const CalibrateArguments& a, const std::filesystem::path& file,
                                  const engine::Knowledge& known,
                                  const std::vector<catalog::FittedSet>& kernels) {
  const auto table = analysis::read_runs(file);
  if (!table) throw InputError({table.error()});
  const catalog::FittedLibrary library(data_directory() / "calibration", kernels);
  const auto calibration = step::load_calibration(library, known.catalog.accelerators());
  if (!calibration) throw InputError(calibration.error());
  const analysis::Knowledge basis{known.catalog.accelerators(), known.catalog.systems(),
                                  known.catalog.models(), &known.software, &*calibration};
  analysis::RunCalibrationOptions options;
  options.from_shipped = !a.from_scratch;
  options.leave_sources_out = a.leave_sources_out;
  auto fitted = analysis::calibrate_runs(*table, basis, library, options);
  if (!fitted) throw InputError(fitted.error());
  return std::move(*fitted);
}

}  // namespace

int calibrate_command(const CalibrateArguments& a, const Common& common, Console& console) {
  const Interrupt interrupt;
  const base::StopScope scope(interrupt.token(), true);  // fits end with the best that they have
  const auto known = knowledge(common);
  const Files files = files_of(a);
  if (const auto problems =
          ask::overwritten({files.kernels, files.runs}, {{"--out", a.out}, {"--residuals", a.residuals}}, {});
      !problems.empty())
    throw InputError(problems);
  std::optional<OutputFile> residuals;
  if (!a.residuals.empty()) residuals.emplace(a.residuals);
  analysis::CalibrationReport kernels;
  std::optional<analysis::RunCalibration> runs;
  if (!files.kernels.empty()) kernels = fit_kernels(files.kernels, known, a.from_scratch);
  if (!files.runs.empty()) runs = fit_runs(a, files.runs, known, kernels.sets);

  auto sets = kernels.sets;
  if (runs) sets.insert(sets.end(), runs->sets.begin(), runs->sets.end());
  const bool interrupted = interrupt.token().stop_requested();
  try {
    if (!a.out.empty() && !interrupted) {
      const std::filesystem::path out = a.out;
      analysis::write_constants(sets, out, kProvenance);
      if (runs && !runs->bands.empty() && out.extension() != ".toml")
        OutputFile((out / "intervals.toml").string()).write(analysis::bands_toml(*runs, kProvenance));
    }
  } catch (const std::system_error& problem) {
    throw OutputError(fmt::format("cannot write the constants to '{}': {}", a.out, problem.code().message()));
  }
  if (runs && residuals) residuals->write(analysis::residuals_csv(*runs));

  if (common.json) {
    nlohmann::ordered_json document;
    if (!files.kernels.empty()) document = analysis::to_json(kernels);
    if (runs) {
      auto fitted = analysis::to_json(*runs);
      if (files.kernels.empty()) {
        document["parameters"] = nlohmann::ordered_json::array();
        document["before"] = fitted["before"]["all"];
        document["after"] = fitted["fitted"]["all"];
      }
      for (const auto& p : fitted["parameters"]) document["parameters"].push_back(p);
      fitted.erase("parameters");
      document["runs"] = std::move(fitted);
    }
    console.print(document.dump(2) + "\n");
  } else {
    if (!files.kernels.empty()) console.print(analysis::to_text(kernels));
    if (runs) console.print((files.kernels.empty() ? "" : "\n") + analysis::to_text(*runs));
  }
  if (!interrupted) return kDone;
  console.note("interrupted: the constants are the best found until then" +
               std::string(a.out.empty() ? "" : "; nothing was written to " + a.out));
  return interrupt.exit_code();
}

}  // namespace gigawatt::cli
