#include <cstdlib>
#include <filesystem>
#include <iostream>

#include <fmt/format.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/catalog/fitted_library.h"
#include "gigawatt/measured/serving_errors.h"

int main(int count, char** arguments) {
  using namespace gigawatt;
  if (count < 3) return 2;
  const std::filesystem::path data = arguments[2];
  const auto known = catalog::Catalog::load(data);
  if (!known) {
    std::cerr << base::render(known.error());
    return 1;
  }
  const auto laws = kernels::LawBook::load(data / "calibration" / "laws");
  if (!laws) {
    std::cerr << base::render(laws.error());
    return 1;
  }
  const catalog::FittedLibrary calibration(data / "calibration", {});
  auto basis = measured::serving_basis(data, *known, *laws, calibration);
  if (!basis) {
    std::cerr << base::render(basis.error());
    return 1;
  }
  const auto csv = config::read_csv(arguments[1]);
  if (!csv) {
    std::cerr << base::render(csv.error());
    return 1;
  }
  const auto table = measured::parse_serving_rows(*csv, *basis);
  const auto report = measured::validate_serving(table, *basis);
  for (const auto& r : report.rows_out)
    std::cout << fmt::format("{},{},{:.4g},{:.4g},{:.1f}\n", r.id, r.quantity, r.measured, r.predicted,
                             100 * (r.predicted / r.measured - 1));
  for (const auto& s : report.skipped) std::cerr << fmt::format("skipped {}: {}\n", s.id, s.why);
  for (const auto& g : report.groups)
    std::cerr << fmt::format("{:22} {:12} {:4} {:7.1f} {:7.1f} {:.2f}\n", g.quantity, g.value, g.n,
                             g.median_abs_pct, g.p90_abs_pct, g.coverage_80);
  for (const auto& [q, m] : report.macro_by_quantity) std::cerr << q << " macro " << m << "\n";
}
