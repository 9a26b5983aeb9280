/// The whole run: load, time the steps, simulate, judge. What a user waits for.

#include <benchmark/benchmark.h>

#include "gigawatt/engine/run.h"
#include "gigawatt/engine/step_times.h"
#include "gigawatt/fleet/simulator.h"

namespace {

namespace engine = gigawatt::engine;

engine::Inputs load(const char* name) {
  const std::string root = GW_SOURCE_DIR;
  auto inputs = engine::load_inputs(root + "/scenarios/" + name + ".toml", root + "/data");
  if (!inputs) throw std::runtime_error(gigawatt::base::render(inputs.error()));
  return std::move(*inputs);
}

void BM_Load(benchmark::State& state, const char* name) {
  for (auto _ : state) benchmark::DoNotOptimize(load(name));
}

void BM_Run(benchmark::State& state, const char* name) {
  const auto inputs = load(name);
  std::uint64_t events = 0;
  for (auto _ : state) events += engine::run(inputs).nominal.events;
  state.counters["events"] =
      benchmark::Counter(static_cast<double>(events), benchmark::Counter::kAvgIterations);
}

/// The simulation alone, with the step times at hand.
void BM_Simulate(benchmark::State& state, const char* name) {
  const auto inputs = load(name);
  const auto steps = engine::time_steps(inputs, {}, [] { return false; });
  std::uint64_t events = 0;
  for (auto _ : state)
    events += gigawatt::fleet::simulate(inputs.scenario, inputs.knowledge.catalog, steps).events;
  state.counters["events_per_s"] =
      benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
}

BENCHMARK_CAPTURE(BM_Load, single_rack, "single-rack")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Run, single_rack, "single-rack")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Run, llama3_405b, "llama3-405b")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Run, meta_superclusters, "meta-superclusters")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Simulate, llama3_405b, "llama3-405b")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Simulate, meta_superclusters, "meta-superclusters")->Unit(benchmark::kMillisecond);

}  // namespace
