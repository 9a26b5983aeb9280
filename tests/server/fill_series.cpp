// Writes a run with one long series: fill_series STORE.db POINTS. What the interface is panned over (web/e2e/panning.mjs).
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "gigawatt/results/store.h"

int main(int count, char** arguments) {
  using namespace gigawatt;
  if (count != 3) return std::fputs("usage: fill_series STORE.db POINTS\n", stderr), 2;
  try {
    const auto store = results::open_store(arguments[1]);
    results::RunHeader header;
    header.scenario = "long-series";
    header.start = base::SimTime::from_date(2026, 1, 1);
    auto run = store->begin_run(header);
    // A day's swing, a week's, and a fast ripple, a point every ten seconds.
    const std::int64_t points = std::atoll(arguments[2]);
    for (std::int64_t i = 0; i < points; ++i) {
      const double hours = static_cast<double>(i) / 360;
      run->point(results::Series::kFacilityLoad, {}, "", header.start + base::Duration{i * 10'000'000},
                 100 + 20 * std::sin(hours / 24 * 6.2832) + 8 * std::sin(hours / 168 * 6.2832) +
                     3 * std::sin(static_cast<double>(i) * 0.7));
    }
    run->finish(results::RunStatus::kComplete);
  } catch (const std::exception& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
  }
  return 0;
}
