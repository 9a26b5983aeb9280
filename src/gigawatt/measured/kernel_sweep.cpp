#include "gigawatt/measured/kernel_sweep.h"

#include <algorithm>
#include <charconv>

#include "gigawatt/base/quantile.h"
#include "gigawatt/config/csv.h"
#include "gigawatt/config/gzip.h"
#include "gigawatt/measured/parquet_row.h"

namespace gigawatt::measured {
namespace {

constexpr std::size_t kMostSweepBytes = std::size_t{64} << 20;
constexpr std::size_t kLeastCalls = 3;
constexpr std::array<const char*, power::kArithmetics> kClasses = {"bf16", "fp8", "fp4", "attention16",
                                                                   "attention8"};

double number_in(const std::string& cell) {
  double x = 0;
  std::from_chars(cell.data(), cell.data() + cell.size(), x);
  return x;
}

}  // namespace

tl::expected<KernelSweeps, base::Diagnostics> load_sweeps(const std::filesystem::path& data,
                                                          const catalog::Catalog& catalog) {
  const auto file = data / "power" / "sweeps.csv.gz";
  const auto text = config::read_maybe_gzip(file, kMostSweepBytes);
  if (!text) return tl::unexpected(base::Diagnostics{text.error()});
  const auto table = config::parse_csv(*text, file.filename().string());
  if (!table) return tl::unexpected(base::Diagnostics{table.error()});
  KernelSweeps out;
  for (std::size_t r = 0; r < table->rows.size(); ++r) {
    SweptCall call;
    call.chip = accelerator_named(catalog.accelerators(), table->cell(r, "gpu"));
    if (call.chip == nullptr) continue;
    call.engine = table->cell(r, "engine");
    call.table = table->cell(r, "table");
    call.format = table->cell(r, "format");
    call.rows = number_in(table->cell(r, "m"));
    call.seconds = number_in(table->cell(r, "us")) * 1e-6;
    call.work.bytes = number_in(table->cell(r, "bytes"));
    for (std::size_t c = 0; c < kClasses.size(); ++c)
      call.work.flops[c] = number_in(table->cell(r, kClasses[c]));
    out.calls.push_back(std::move(call));
  }
  return out;
}

double swept_power_w(const KernelSweeps& sweeps, const SweepWish& wish, double share,
                     const power::PowerLaws& laws, const std::vector<catalog::Accelerator>& accelerators) {
  const auto& law = laws.of(*wish.chip, accelerators);
  std::vector<double> watts;
  for (const SweptCall& c : sweeps.calls) {
    if (c.chip != wish.chip || (!wish.engine.empty() && c.engine != wish.engine) ||
        c.format.compare(0, wish.format.size(), wish.format) != 0 || c.rows < wish.least_rows ||
        c.rows > wish.most_rows || c.seconds < wish.least_s || c.seconds > wish.most_s ||
        std::find(wish.tables.begin(), wish.tables.end(), c.table) == wish.tables.end())
      continue;
    watts.push_back(wish.chip->tdp_w * power::shown_share(laws, law, activity_of(c.work, *c.chip, c.seconds),
                                                          c.table, c.seconds));
  }
  return watts.size() < kLeastCalls ? 0 : base::quantile_of(watts, share);
}

}  // namespace gigawatt::measured
