// A series of ten million points: how long a part of it takes to be read for a page 1,200 pixels wide.
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include <benchmark/benchmark.h>

#include "gigawatt/results/store.h"

namespace {

using namespace gigawatt;

constexpr std::int64_t kPoints = 10'000'000;

struct Filled {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("gigawatt_bench_store_" + std::to_string(getpid()));
  std::unique_ptr<results::Store> store;

  Filled() {
    std::filesystem::create_directories(folder);
    store = results::open_store(folder / "runs.db");
    auto run = store->begin_run({});
    for (std::int64_t i = 0; i < kPoints; ++i)
      run->point(results::Series::kItLoad, {}, "", base::SimTime{i * 1'000'000},
                 100 + 10 * std::sin(static_cast<double>(i) * 1e-3));
    run->finish(results::RunStatus::kComplete);
  }
  ~Filled() {
    store.reset();
    std::filesystem::remove_all(folder);
  }
};

/// Each answer starts somewhere else, as panning does; `range(0)`: points of the series in view.
void pan(benchmark::State& state) {
  static const Filled filled;
  const std::int64_t width = state.range(0);
  std::int64_t at = 0;
  for (auto _ : state) {
    const auto data = filled.store->series(1, {"load_mw_it", "fleet", "", "", base::SimTime{at * 1'000'000},
                                               base::SimTime{(at + width) * 1'000'000}, 1200});
    benchmark::DoNotOptimize(data.mean.data());
    at = (at + width / 7 + 1) % (kPoints - width + 1);
  }
}
BENCHMARK(pan)->Arg(1'000)->Arg(100'000)->Arg(1'000'000)->Arg(kPoints)->Unit(benchmark::kMillisecond);

}  // namespace
