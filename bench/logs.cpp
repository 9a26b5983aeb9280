// Deep queues under every policy, reading a log, fitting a long fault log. Each deep queue is an overload: twice the work
// that the cluster can do, so that half of the jobs wait at the end; time against size tells the exponent.
#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include "gigawatt/base/random.h"
#include "gigawatt/logs/read_jobs.h"
#include "gigawatt/reliability/failure_fit.h"
#include "gigawatt/scheduling/policies.h"
#include "gigawatt/scheduling/replay.h"

namespace gigawatt {
namespace {

std::vector<scheduling::ReplayJob> overload(std::int64_t count) {
  random::Stream random(1, random::Domain::kTest, 0);
  std::vector<scheduling::ReplayJob> jobs;
  base::SimTime at{0};
  for (std::int64_t i = 0; i < count; ++i) {
    at = at + base::Duration{static_cast<std::int64_t>(random.below(60'000'000))};
    scheduling::ReplayJob job;
    job.submit = at;
    job.units = std::int64_t{1} << random.below(6);
    job.run_us = static_cast<std::int64_t>(1 + random.below(6000)) * 1'000'000;
    job.estimate_us = 2 * job.run_us;
    job.priority = static_cast<std::int32_t>(random.below(4));
    job.account = static_cast<std::uint32_t>(random.below(20));
    jobs.push_back(job);
  }
  return jobs;
}

void deep_queue(benchmark::State& state, const char* policy, bool exact) {
  const auto jobs = overload(state.range(0));
  scheduling::ReplayOptions options;
  options.cluster = {.units = 512, .levels = {}};
  options.exact_estimates = exact;
  for (auto _ : state) {
    const auto chosen = scheduling::make_policy(scheduling::find_policy(policy)->spec);
    benchmark::DoNotOptimize(scheduling::replay(jobs, *chosen, options));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetComplexityN(state.range(0));
}
#define DEEP(name, policy, exact)                    \
  BENCHMARK_CAPTURE(deep_queue, name, policy, exact) \
      ->Arg(2000)                                    \
      ->Arg(10'000)                                  \
      ->Arg(50'000)                                  \
      ->Unit(benchmark::kMillisecond)
DEEP(easy, "easy", false);
DEEP(priority_easy, "priority-easy", false);
DEEP(fair_share_easy, "fair-share-easy", false);
DEEP(shortest, "shortest", false);
DEEP(preempt, "preempt", false);
DEEP(conservative, "conservative", false);
DEEP(conservative_exact, "conservative", true);

void read_swf(benchmark::State& state) {
  std::string text = "; MaxProcs: 4096\n";
  for (std::int64_t i = 1; i <= 100'000; ++i)
    text += fmt::format("{:6} {:8} {:6} {:6} 128 -1 -1 128 {:6} -1 1 {:3} 1 -1 1 -1 -1 -1\n", i, 30 * i,
                        i % 500, i % 9000, 2 * (i % 9000), i % 200);
  for (auto _ : state) benchmark::DoNotOptimize(logs::parse_jobs(text, "log.swf", {}));
  state.SetItemsProcessed(state.iterations() * 100'000);
}
BENCHMARK(read_swf)->Unit(benchmark::kMillisecond);

void fit_faults(benchmark::State& state) {
  random::Stream random(2, random::Domain::kTest, 0);
  reliability::FaultSample sample;
  sample.causes = {"a", "b"};
  sample.nodes = 5000;
  double t = 0;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    t += random.weibull(1000, 0.7);
    sample.faults.push_back({t, t + random.lognormal(3000, 1), static_cast<std::uint32_t>(random.below(5000)),
                             static_cast<std::uint32_t>(i % 2), false});
  }
  sample.observed_s = sample.until_s = t;
  for (auto _ : state) benchmark::DoNotOptimize(reliability::fit_failures(sample, 1));
}
BENCHMARK(fit_faults)->Arg(20'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gigawatt
