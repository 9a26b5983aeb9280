/// One training step in closed form, and its schedule event by event.

#include <benchmark/benchmark.h>

#include <stdexcept>

#include "gigawatt/engine/inputs.h"
#include "gigawatt/engine/step_subject.h"
#include "gigawatt/step/timeline.h"

namespace {

namespace engine = gigawatt::engine;
namespace step = gigawatt::step;

struct Case {
  engine::Knowledge known;
  engine::StepSubject subject;

  Case(const char* model, const char* system) : known(load()), subject(resolve(known, model, system)) {}

  static engine::Knowledge load() {
    auto loaded = engine::load_knowledge(std::string(GW_SOURCE_DIR) + "/data");
    if (!loaded) throw std::runtime_error(gigawatt::base::render(loaded.error()));
    return std::move(*loaded);
  }
  static engine::StepSubject resolve(const engine::Knowledge& known, const char* model, const char* system) {
    auto found = engine::resolve_subject(known, model, system, "");
    if (!found) throw std::runtime_error(gigawatt::base::render(found.error()));
    return std::move(*found);
  }
};

/// Llama 3.1 405B on 16,384 H100, as published.
void BM_Evaluate(benchmark::State& state) {
  const Case c("llama3.1-405b", "h100-sxm");
  step::StepRequest request = c.subject.request();
  request.gpus = 16384;
  request.seq_len = 8192;
  request.global_batch = 2048;
  request.plan = step::parse_plan("TP8 PP16 DP128 MB1 ZeRO2 SP").value();
  for (auto _ : state) benchmark::DoNotOptimize(step::evaluate(request, c.known.calibration));
}
BENCHMARK(BM_Evaluate)->Unit(benchmark::kMicrosecond);

void BM_Schedule(benchmark::State& state) {
  step::ScheduleInput input;
  input.ranks = 16;
  input.micro_batches = 128;
  input.stages.assign(16, {1.0, 1.0, 1.0});
  std::size_t slots = 0;
  for (auto _ : state) slots += step::simulate_schedule(input).slots.size();
  state.counters["slots_per_s"] = benchmark::Counter(static_cast<double>(slots), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_Schedule)->Unit(benchmark::kMillisecond);

}  // namespace
