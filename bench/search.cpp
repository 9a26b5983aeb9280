/// Searches for the best plan. `candidates_per_s`: plans whose time and memory were computed, per second of one core's
/// time; what a bound leaves out is counted apart. Instructions per candidate: run the exhaustive case alone under
/// `valgrind --tool=callgrind` (or `perf stat -e instructions:u`) and divide by its `candidates`.

#include <benchmark/benchmark.h>

#include <ctime>
#include <stdexcept>

#include "gigawatt/base/parallel.h"
#include "gigawatt/engine/inputs.h"
#include "gigawatt/engine/step_subject.h"
#include "gigawatt/search/search.h"

namespace {

namespace engine = gigawatt::engine;
namespace search = gigawatt::search;
namespace step = gigawatt::step;

struct Question {
  const char* model;
  const char* system;
  std::int64_t gpus, seq, batch;
};

constexpr Question kLlama = {"llama3.1-405b", "h100-sxm", 16384, 8192, 2048};
constexpr Question kDeepSeek = {"deepseek-v3", "h800-sxm", 2048, 4096, 15360};
constexpr Question kBehemoth = {"llama4-behemoth", "h100-sxm", 32768, 8192, 4096};

double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

void run(benchmark::State& state, const Question& q, bool exhaustive, int threads) {
  const auto known = engine::load_knowledge(std::string(GW_SOURCE_DIR) + "/data");
  if (!known) throw std::runtime_error(gigawatt::base::render(known.error()));
  const auto subject = engine::resolve_subject(*known, q.model, q.system, "");
  if (!subject) throw std::runtime_error(gigawatt::base::render(subject.error()));
  step::StepRequest request = subject->request();
  request.gpus = q.gpus;
  request.seq_len = q.seq;
  request.global_batch = q.batch;
  search::SearchOptions options;
  options.exhaustive = exhaustive;
  const gigawatt::base::ThreadLimit limit(threads);
  std::uint64_t evaluated = 0, pruned = 0;
  const double begin = cpu_seconds();
  for (auto _ : state) {
    const auto found = search::search(request, known->calibration, options);
    evaluated += found.evaluated;
    pruned += found.pruned;
  }
  const auto searches = static_cast<double>(state.iterations());
  state.counters["candidates_per_s"] = static_cast<double>(evaluated) / (cpu_seconds() - begin);
  state.counters["candidates"] = static_cast<double>(evaluated) / searches;
  state.counters["left_out"] = static_cast<double>(pruned) / searches;
}

void BM_EveryPlan(benchmark::State& state) { run(state, kLlama, true, static_cast<int>(state.range(0))); }
BENCHMARK(BM_EveryPlan)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_Llama405b(benchmark::State& state) { run(state, kLlama, false, 0); }
BENCHMARK(BM_Llama405b)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_DeepSeekV3(benchmark::State& state) { run(state, kDeepSeek, false, 0); }
BENCHMARK(BM_DeepSeekV3)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_Behemoth(benchmark::State& state) { run(state, kBehemoth, false, 0); }
BENCHMARK(BM_Behemoth)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
