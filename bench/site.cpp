// What a site's year begins with: the catalogue, a weather file, the hours of a cooling plant. The dispatch of a year and a
// minute of a campus are timed by their commands (bench/lines.py).
#include <algorithm>

#include <benchmark/benchmark.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/config/gzip.h"
#include "gigawatt/site/plants.h"
#include "gigawatt/site/year.h"

namespace gigawatt {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20;
const std::string kData = GW_SOURCE_DIR "/data";

std::string weather_of(const std::string& station) {
  return *config::read_maybe_gzip(kData + "/weather/" + station + ".epw.gz", kMostBytes);
}

void catalogue(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(catalog::Catalog::load(kData));
}
BENCHMARK(catalogue)->Unit(benchmark::kMillisecond);

void weather_file(benchmark::State& state) {
  const std::string text = weather_of("USA_AZ_Phoenix-Sky.Harbor");
  for (auto _ : state) benchmark::DoNotOptimize(site::read_weather(text, "phoenix.epw"));
}
BENCHMARK(weather_file)->Unit(benchmark::kMillisecond);

void cooling_year(benchmark::State& state) {
  const auto plants = site::load_plants(kData + "/cooling").value();
  const auto chiller = std::find_if(plants.begin(), plants.end(), [](const site::CoolingPlant& p) {
    return p.name == "liquid-water-chiller";
  });
  if (chiller == plants.end()) return state.SkipWithError("no such plant");
  const site::Weather weather = *site::read_weather(weather_of("USA_TX_Dallas-Fort.Worth"), "dallas.epw");
  const std::vector<double> it(weather.hours(), 90e6);
  const site::Losses losses{
      {"all"}, {true}, [](double load, std::span<double> loss) { loss[0] = 0.05 * load; }};
  for (auto _ : state) benchmark::DoNotOptimize(site::site_year(weather, it, 100e6, *chiller, losses));
}
BENCHMARK(cooling_year)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gigawatt
