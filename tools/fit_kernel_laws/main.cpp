// Fits the laws of serving kernels to a folder of measurements and writes one TOML file a chip:
//
//     fit_kernel_laws KERNELS_FOLDER DATA_FOLDER [FOLDS]
//
// KERNELS_FOLDER: Parquet files as ai-dynamo/aiconfigurator ships them. DATA_FOLDER: the repository's data/; results go
// to calibration/laws there. Errors on shapes left out (FOLDS parts, 5) are printed.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include <fmt/format.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/measured/kernel_folder.h"

int main(int count, char** arguments) {
  using namespace gigawatt;
  if (count < 3) {
    std::cerr << "usage: fit_kernel_laws KERNELS_FOLDER DATA_FOLDER [FOLDS]\n";
    return 2;
  }
  const std::filesystem::path data = arguments[2];
  const auto known = catalog::Catalog::load(data);
  if (!known) {
    std::cerr << base::render(known.error());
    return 1;
  }
  const std::vector<catalog::Accelerator> accelerators(known->accelerators().begin(),
                                                       known->accelerators().end());
  const auto fit = measured::fit_kernels(arguments[1], accelerators, count > 3 ? std::atoi(arguments[3]) : 5);
  if (!fit) {
    std::cerr << base::render(fit.error());
    return 1;
  }
  const auto folder = data / "calibration" / "laws";
  std::filesystem::create_directories(folder);
  for (const auto& laws : fit->book.chips())
    std::ofstream(folder / (laws.chip + ".toml")) << kernels::to_toml(
        laws, "fit_kernel_laws on the sample of measured calls of ai-dynamo/aiconfigurator 095f58a");
  for (const auto& g : fit->left_out.groups)
    std::cout << fmt::format("{:32} {:22} {:6} {:6.1f} {:6.1f}\n", g.op, g.gpu, g.n, g.median_abs_pct,
                             g.p90_abs_pct);
  for (const auto& s : fit->left_out.skipped)
    std::cout << fmt::format("skipped {} {} {}: {}\n", s.op, s.gpu, s.rows, s.why);
  std::cout << fmt::format("macro median of shapes left out {:.2f}%\n", fit->left_out.macro_median_abs_pct);
}
