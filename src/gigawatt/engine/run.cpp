#include "gigawatt/engine/run.h"

#include <atomic>
#include <chrono>
#include <mutex>

#include "gigawatt/base/parallel.h"
#include "gigawatt/engine/figures.h"
#include "gigawatt/engine/futures.h"
#include "gigawatt/engine/step_times.h"
#include "gigawatt/fleet/simulator.h"

namespace gigawatt::engine {
namespace {

struct Future {
  std::vector<double> figures;
  std::vector<std::optional<double>> claims;
  bool by_month = false;
};

// Futures that take longer, if each is like the nominal run, are foretold.
constexpr double kForetold_s = 1;

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

Simulated simulate_one(const Inputs& inputs, const RunOptions& options, const fleet::StepTable& steps,
                       fleet::Options fleet_options) {
  if (!options.simulate) return simulate(inputs, steps, std::move(fleet_options));
  auto result = options.simulate(inputs.scenario, steps, fleet_options);
  auto frame = frame_of(result);
  return {std::move(result), {}, std::move(frame)};
}

/// Futures in the order of their index; those that a stop cut short are left out. Where the nominal run took `nominal_s`
/// and that often is long, the first says what they will take: it may skip millions of events.
std::vector<Future> simulate_futures(const Inputs& inputs, const fleet::StepTable& steps, fleet::Options base,
                                     const RunOptions& options, std::uint64_t seed,
                                     std::uint64_t events_before, double nominal_s) {
  std::vector<std::optional<Future>> slots(static_cast<std::size_t>(options.futures));
  std::atomic<std::size_t> done = 0;
  std::atomic<std::uint64_t> events = events_before;
  std::mutex report;
  base.draw_lead_times = true;
  base.failures_by_month = true;
  base.progress = nullptr;
  const auto simulate_future = [&](std::size_t i) {
    if (options.stop.stop_requested()) return;
    fleet::Options mine = base;
    mine.seed = future_seed(seed, i);
    const auto simulated = simulate_one(inputs, options, drawn_steps(steps, seed, i), mine);
    if (options.stop.stop_requested()) return;
    const auto& result = simulated.result;
    const auto& frame = simulated.frame;
    slots[i] =
        Future{frame.values(), claim_values(result, frame, {inputs.scenario, inputs.knowledge.catalog}),
               result.failures_by_month && !inputs.scenario.failures.by_month};
    events += result.events;
    const double share = static_cast<double>(++done) / static_cast<double>(slots.size());
    if (options.progress) {
      const std::lock_guard lock(report);
      options.progress(
          {"simulating futures", share, (1 + share * options.futures) / (1 + options.futures), {}, events});
    }
  };
  const auto together_s = [&](double one_s) { return one_s * options.futures / base::available_threads(); };
  std::size_t first = 0;
  if (options.expected && together_s(nominal_s) > kForetold_s) {
    const auto begin = std::chrono::steady_clock::now();
    simulate_future(first++);
    options.expected(together_s(seconds_since(begin)));
  }
  base::parallel_for(slots.size() - first, [&](std::size_t i) { simulate_future(first + i); });
  std::vector<Future> futures;
  for (auto& slot : slots)
    if (slot) futures.push_back(std::move(*slot));
  return futures;
}

}  // namespace

Simulated simulate(const Inputs& inputs, const fleet::StepTable& steps, fleet::Options options) {
  HourMeter meter(inputs.scenario.sites.size(), inputs.scenario.start);
  if (!inputs.hourly.empty()) options.meters.push_back(&meter);
  Simulated out{
      fleet::simulate(inputs.scenario, inputs.knowledge.catalog, steps, options), {}, results::Frame()};
  if (!inputs.hourly.empty()) {
    meter.finish(out.result.end);
    out.hours = site_hours(inputs.hourly, inputs.scenario, meter, out.result.start, out.result.end);
  }
  out.frame = frame_of(out.result, hour_totals(inputs.hourly, out.hours, inputs.scenario));
  return out;
}

RunOutput run(const Inputs& inputs, const RunOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  const auto stopped = [&] { return options.stop.stop_requested(); };
  RunOutput out;
  out.seed = options.seed.value_or(inputs.scenario.seed);

  const auto steps = time_steps(
      inputs,
      [&](const std::string& job) {
        if (options.progress) options.progress({"timing the steps of " + job, 0, 0, {}, 0});
      },
      stopped);

  const double nominal_share = options.futures > 1 ? 1.0 / (1 + options.futures) : 1;
  fleet::Options simulation;
  simulation.seed = out.seed;
  simulation.until = options.until;
  simulation.stop = options.stop;
  simulation.most_bytes = options.most_bytes;
  simulation.law = options.law;
  if (options.progress)
    simulation.progress = [&](base::SimTime now, double done, std::uint64_t events) {
      options.progress({"simulating " + base::to_iso_date(now), done, done * nominal_share, now, events});
    };
  const auto simulation_begins = std::chrono::steady_clock::now();
  auto nominal = simulate_one(inputs, options, steps, simulation);
  const double nominal_s = seconds_since(simulation_begins);
  out.nominal = std::move(nominal.result);
  out.hours = std::move(nominal.hours);
  out.frame = std::move(nominal.frame);

  std::vector<std::vector<std::optional<double>>> claims;
  if (options.futures > 1 && !stopped()) {
    auto futures =
        simulate_futures(inputs, steps, simulation, options, out.seed, out.nominal.events, nominal_s);
    std::vector<std::vector<double>> samples;
    for (auto& future : futures) {
      out.futures_by_month |= future.by_month;
      samples.push_back(std::move(future.figures));
      claims.push_back(std::move(future.claims));
    }
    out.frame.summarize(samples);
    if (samples.size() > 1) out.futures = static_cast<int>(samples.size());
  }
  out.claims = judge_claims(out.nominal, out.frame, claims, {inputs.scenario, inputs.knowledge.catalog});
  out.interrupted = stopped();
  out.wall_s = seconds_since(begin);
  return out;
}

}  // namespace gigawatt::engine
