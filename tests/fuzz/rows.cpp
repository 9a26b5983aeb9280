/// Any bytes as what calibration reads, of the kind that the first line names: rows of kernels or of training runs, or
/// fitted constants. What is read can be predicted by finite figures, what is not has a reason.

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "fuzz.h"
#include "gigawatt/analysis/kernel_rows.h"
#include "gigawatt/analysis/predict.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/catalog/fitted_library.h"
#include "gigawatt/config/csv.h"
#include "gigawatt/step/load_calibration.h"
#include "gigawatt/step/software_catalog.h"

namespace {

using namespace gigawatt;  // NOLINT(google-build-using-namespace): a program of one file
using fuzz::require;

const std::filesystem::path kData = GIGAWATT_DEFAULT_DATA_DIR;

/// What the shipped data say.
struct Shipped {
  catalog::Catalog catalog = catalog::Catalog::load(kData).value();
  catalog::FittedLibrary library{kData / "calibration"};
  step::SoftwareCatalog software = step::load_software(kData / "software", library).value();
  step::Calibration calibration = step::load_calibration(library, catalog.accelerators()).value();
};

const Shipped& shipped() {
  static const Shipped one;
  return one;
}

void kernel_rows(const config::CsvTable& table) {
  const auto& known = shipped();
  const auto read = analysis::parse_kernel_rows(table, known.catalog.accelerators());
  require(read.rows.size() + read.skipped.size() == table.rows.size(), "each row is read or skipped");
  for (const auto& skipped : read.skipped) require(!skipped.why.empty(), "a row is skipped for a reason");
  for (const auto& row : read.rows) {
    require(row.chip != nullptr && row.seconds > 0 && std::isfinite(row.seconds),
            "a row is a time of a chip");
    const auto* chip = known.calibration.find(*row.chip);
    require(chip != nullptr, "every accelerator has constants");
    const double seconds = row.is_network() ? analysis::predict_collective(row, chip->network)
                                            : analysis::predict_kernel(row, chip->kernel, 1);
    require(std::isfinite(seconds) && seconds >= 0, "a prediction is a time");
  }
}

void training_rows(const config::CsvTable& table) {
  const auto& known = shipped();
  const analysis::Knowledge basis{known.catalog.accelerators(), known.catalog.systems(),
                                  known.catalog.models(), &known.software, &known.calibration};
  const auto read = analysis::parse_runs(table);
  if (!read) {
    require(!base::render({read.error()}).empty(), "an error can be shown");
    return;
  }
  for (const auto& skipped : read->skipped) require(!skipped.why.empty(), "a row is skipped for a reason");
  for (const auto& row : read->rows) {
    const auto run = analysis::resolve(row, basis);
    if (!run) {
      require(!run.error().empty(), "a row is refused for a reason");
      continue;
    }
    const auto predicted = analysis::predict(*run, known.calibration);
    if (!predicted) {
      require(!predicted.error().empty(), "a prediction is refused for a reason");
      continue;
    }
    require(std::isfinite(predicted->result.step_time_s) && predicted->result.step_time_s > 0,
            "a step takes some time");
    require(std::isfinite(predicted->memory_bytes) && predicted->memory_bytes > 0,
            "a step takes some memory");
  }
}

/// Constants within their bounds make a model that can be asked.
void fitted_constants(std::string_view text) {
  static const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("gigawatt_fuzz_" + std::to_string(getpid()) + ".toml");
  std::ofstream(file, std::ios::binary) << text;
  auto sets = catalog::read_own_sets(file);
  if (!sets) {
    require(!base::render(sets.error()).empty(), "an error can be shown");
    return;
  }
  const auto& catalog = shipped().catalog;
  const auto calibration = step::load_calibration(
      catalog::FittedLibrary(kData / "calibration", std::move(*sets)), catalog.accelerators());
  if (!calibration) {
    require(!base::render(calibration.error()).empty(), "an error can be shown");
    return;
  }
  step::StepRequest request;
  const step::SoftwareProfile software;
  request.model = catalog.model("llama3.1-8b").value();
  request.system = catalog.system("h100-sxm").value();
  request.accelerator = &catalog.accelerator_of(*request.system);
  request.software = &software;
  request.gpus = 16;
  request.seq_len = 8192;
  request.global_batch = 16;
  request.plan.tp = 2;
  request.plan.dp = 8;
  const auto result = step::evaluate(request, *calibration);
  require(result.has_value() && std::isfinite(result->step_time_s) && result->step_time_s > 0,
          "a step takes some time");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::as_text(data, size);
  const auto line = std::min(input.find('\n'), input.size());
  const std::string_view kind = input.substr(0, line), text = input.substr(std::min(line + 1, size));
  if (kind == "constants") {
    fitted_constants(text);
    return 0;
  }
  if (kind != "kernels" && kind != "runs") return -1;  // not worth keeping
  const auto reader = kind == "kernels" ? kernel_rows : training_rows;
  const auto table = config::parse_csv(text, "fuzz.csv");
  if (table)
    reader(*table);
  else
    require(!base::render({table.error()}).empty(), "an error can be shown");
  return 0;
}
