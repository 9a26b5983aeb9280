#include "gigawatt/engine/record.h"

#include <limits>
#include <set>
#include <string_view>

#include <fmt/format.h>

namespace gigawatt::engine {
namespace {

using results::Interval;
using results::Metric;
using results::Subject;
using Kind = results::Series;

constexpr double kWattsPerMegawatt = 1e6;
constexpr double kJoulesPerMegawattHour = 3.6e9;
constexpr double kSecondsPerHour = 3600;

/// The same result three times: nominal, low and high; without bands all are the nominal one.
class Recorder {
 public:
  Recorder(const RunOutput& output, results::RunWriter& writer)
      : nominal_(output.nominal),
        low_(output.bands ? output.bands->low : output.nominal),
        high_(output.bands ? output.bands->high : output.nominal),
        writer_(writer) {}

  void all() {
    fleet();
    writer_.commit();
    for (std::size_t i = 0; i < nominal_.sites.size(); ++i) site(i);
    writer_.commit();
    for (std::size_t i = 0; i < nominal_.jobs.size(); ++i) job(i);
    writer_.commit();
  }

 private:
  /// Applies `pick` to each of the three results and divides by `scale`.
  template <typename Pick>
  Interval interval(Pick pick, double scale = 1) const {
    return {pick(nominal_) / scale, pick(low_) / scale, pick(high_) / scale};
  }

  template <typename Pick>
  void series(Kind kind, Subject subject, std::string_view label, Pick pick, double scale = 1) {
    const fleet::Series& values = pick(nominal_);
    for (std::size_t m = 0; m < values.size(); ++m)
      writer_.point(kind, subject, label, nominal_.months[m],
                    {values[m] / scale, pick(low_)[m] / scale, pick(high_)[m] / scale});
  }

  template <typename Pick>
  void named(Kind kind, Subject subject, Pick pick) {
    for (std::size_t i = 0; i < pick(nominal_).size(); ++i)
      series(kind, subject, pick(nominal_)[i].first,
             [&](const auto& r) -> const auto& { return pick(r)[i].second; });
  }

  static double sum(const fleet::Series& values) {
    double total = 0;
    for (double v : values) total += v;
    return total;
  }

  void fleet() {
    using R = const fleet::FleetResult&;
    const Subject subject{"fleet", ""};
    series(
        Kind::kEnergizedFacilityPower, subject, "",
        [](R r) -> const auto& { return r.fleet.energized_facility_w_end; }, kWattsPerMegawatt);
    series(
        Kind::kItLoad, subject, "", [](R r) -> const auto& { return r.fleet.load_it_w_mean; },
        kWattsPerMegawatt);
    series(
        Kind::kFacilityLoad, subject, "", [](R r) -> const auto& { return r.fleet.load_facility_w_mean; },
        kWattsPerMegawatt);
    series(Kind::kAccelerators, subject, "", [](R r) -> const auto& { return r.fleet.accelerators_end; });
    series(
        Kind::kEnergy, subject, "", [](R r) -> const auto& { return r.fleet.facility_energy_j; },
        kJoulesPerMegawattHour);
    series(Kind::kWater, subject, "", [](R r) -> const auto& { return r.fleet.water_m3; });
    series(Kind::kCo2, subject, "", [](R r) -> const auto& { return r.fleet.co2_kg; }, 1e3);
    series(Kind::kUtilization, subject, "", [](R r) -> const auto& { return r.fleet.utilization; });
    series(Kind::kGoodput, subject, "", [](R r) -> const auto& { return r.fleet.goodput; });
    series(Kind::kFailures, subject, "", [](R r) -> const auto& { return r.fleet.failures; });
    named(Kind::kAccelerators, subject,
          [](R r) -> const auto& { return r.fleet.accelerators_by_generation_end; });
    named(Kind::kCapex, subject, [](R r) -> const auto& { return r.fleet.capex_usd; });
    named(Kind::kOpex, subject, [](R r) -> const auto& { return r.fleet.opex_usd; });
    for (const auto& [category, values] : nominal_.fleet.capex_usd)
      writer_.ledger(results::Ledger::kCapex, subject, category, sum(values));
    for (const auto& [category, values] : nominal_.fleet.opex_usd)
      writer_.ledger(results::Ledger::kOpex, subject, category, sum(values));
    for (const auto& [cause, count] : nominal_.failures_by_cause)
      writer_.ledger(results::Ledger::kFailures, subject, cause, count);
    hours(subject, nominal_.hours);
    writer_.metric(Metric::kEvents, {"run", ""}, static_cast<double>(nominal_.events));
    writer_.metric(Metric::kCostPerHour, subject, nominal_.cost_per_accelerator_hour_usd);
  }

  void hours(Subject subject, const fleet::AcceleratorHours& h) {
    for (std::size_t i = 0; i < fleet::kHourUses; ++i)
      writer_.ledger(results::Ledger::kAcceleratorHours, subject, fleet::kHourUseNames[i], h.hours[i]);
  }

  void site(std::size_t i) {
    using R = const fleet::FleetResult&;
    const auto& s = nominal_.sites[i];
    const Subject subject{"site", s.name};
    series(
        Kind::kEnergizedFacilityPower, subject, "",
        [i](R r) -> const auto& { return r.sites[i].energized_facility_w_end; }, kWattsPerMegawatt);
    series(
        Kind::kEnergizedItPower, subject, "",
        [i](R r) -> const auto& { return r.sites[i].energized_it_w_end; }, kWattsPerMegawatt);
    series(
        Kind::kItLoad, subject, "", [i](R r) -> const auto& { return r.sites[i].load_it_w_mean; },
        kWattsPerMegawatt);
    series(
        Kind::kFacilityLoad, subject, "", [i](R r) -> const auto& { return r.sites[i].load_facility_w_mean; },
        kWattsPerMegawatt);
    series(Kind::kAccelerators, subject, "", [i](R r) -> const auto& { return r.sites[i].accelerators_end; });
    const auto last = [](const fleet::Series& values) { return values.empty() ? 0 : values.back(); };
    const auto metric = [&](Metric m, auto pick, double scale = 1) {
      writer_.metric(m, subject, interval(pick, scale));
    };
    metric(
        Metric::kEnergizedFacilityPower, [&](R r) { return last(r.sites[i].energized_facility_w_end); },
        kWattsPerMegawatt);
    metric(
        Metric::kEnergizedItPower, [&](R r) { return last(r.sites[i].energized_it_w_end); },
        kWattsPerMegawatt);
    metric(Metric::kAccelerators, [&](R r) { return last(r.sites[i].accelerators_end); });
    metric(Metric::kEnergy, [i](R r) { return r.sites[i].total_facility_energy_j; }, kJoulesPerMegawattHour);
    metric(Metric::kItEnergy, [i](R r) { return r.sites[i].total_it_energy_j; }, kJoulesPerMegawattHour);
    metric(Metric::kPue, [i](R r) { return r.sites[i].pue; });
    metric(Metric::kWater, [i](R r) { return r.sites[i].total_water_m3; });
    metric(Metric::kCo2, [i](R r) { return r.sites[i].total_co2_kg; }, 1e3);
    metric(Metric::kCapex, [i](R r) { return r.sites[i].total_capex_usd; });
    metric(Metric::kOpex, [i](R r) { return r.sites[i].total_opex_usd; });
    for (const auto& m : s.milestones)
      writer_.event(results::Event::kMilestone, subject, m.date,
                    m.phase.empty() ? m.step : m.phase + ": " + m.step, m.facility_w / kWattsPerMegawatt);
  }

  void job(std::size_t i) {
    using R = const fleet::FleetResult&;
    const auto& j = nominal_.jobs[i];
    const Subject subject{"job", j.name};
    const auto metric = [&](Metric m, auto pick, double scale = 1) {
      writer_.metric(m, subject, interval(pick, scale));
    };
    writer_.metric(Metric::kAccelerators, subject, static_cast<double>(j.accelerators));
    if (j.step_time_s > 0) {
      writer_.metric(Metric::kStepTime, subject, {j.step_time_s, j.step_time_low_s, j.step_time_high_s});
      writer_.metric(Metric::kMfu, subject, j.mfu);
    }
    if (j.batch) {
      metric(Metric::kWaitMean, [i](R r) { return r.jobs[i].batch->wait_mean_s; }, kSecondsPerHour);
      metric(Metric::kWaitP95, [i](R r) { return r.jobs[i].batch->wait_p95_s; }, kSecondsPerHour);
    }
    metric(Metric::kTokens, [i](R r) { return r.jobs[i].tokens_done; });
    metric(Metric::kGoodput, [i](R r) { return r.jobs[i].goodput; });
    metric(Metric::kInterruptions, [i](R r) { return static_cast<double>(r.jobs[i].interruptions); });
    metric(Metric::kLostHours, [i](R r) { return r.jobs[i].hours[fleet::HourUse::kLost]; });
    metric(Metric::kCost, [i](R r) { return r.jobs[i].cost_usd; });
    metric(Metric::kEnergy, [i](R r) { return r.jobs[i].facility_energy_j; }, kJoulesPerMegawattHour);
    metric(Metric::kCo2, [i](R r) { return r.jobs[i].co2_kg; }, 1e3);
    hours(subject, j.hours);
    for (const auto& [part, seconds] : j.step_breakdown_s)
      writer_.ledger(results::Ledger::kStepTime, subject, part, seconds);
    for (const auto& [part, bytes] : j.memory_bytes)
      writer_.ledger(results::Ledger::kMemory, subject, part, bytes / 1e9);
    for (const auto& [cause, count] : j.interruptions_by_cause)
      writer_.ledger(results::Ledger::kFailures, subject, cause, count);
    if (!j.started) return;
    const auto accelerators = static_cast<double>(j.accelerators);
    writer_.event(results::Event::kJobStart, subject, j.start, j.site, accelerators);
    if (j.status != fleet::JobStatus::kCompleted) return;
    writer_.event(results::Event::kJobEnd, subject, j.end, j.site, accelerators);
    writer_.metric(Metric::kDuration, subject, (j.end - j.start).to_days());
  }

  const fleet::FleetResult& nominal_;
  const fleet::FleetResult& low_;
  const fleet::FleetResult& high_;
  results::RunWriter& writer_;
};

void record_claims(const Inputs& inputs, const RunOutput& output, results::RunWriter& writer) {
  for (std::size_t i = 0; i < output.claims.size(); ++i) {
    const auto& claim = inputs.scenario.claims[i];
    const auto& r = output.claims[i];
    const double none = std::numeric_limits<double>::quiet_NaN();
    const Interval computed =
        r.estimate ? Interval(r.estimate->value, r.estimate->low, r.estimate->high) : Interval(none);
    writer.claim({r.id, claim.statement, claim.source_key.empty() ? claim.source : claim.source_key,
                  scenario::info(claim.quantity).name,
                  scenario::kClaimRelationNames[static_cast<std::size_t>(claim.relation)], r.unit,
                  analysis::kVerdictNames[static_cast<std::size_t>(r.verdict)],
                  analysis::kBindingNames[static_cast<std::size_t>(r.binding)], r.explanation, r.claimed,
                  claim.tolerance, computed});
  }
  writer.commit();
}

}  // namespace

results::RunHeader header(const Inputs& inputs, const RunOptions& options, const std::string& program) {
  const auto& s = inputs.scenario;
  results::RunHeader h;
  h.scenario = s.name;
  h.title = s.title;
  h.hash = fmt::format("{:016x}", s.hash);
  h.canonical = s.canonical;
  h.program = program;
  h.seed = options.seed.value_or(s.seed);
  h.futures = options.futures;
  h.start = s.start;
  h.end = options.until.value_or(s.end);
  return h;
}

void record_inputs(const Inputs& inputs, results::RunWriter& writer) {
  std::set<std::string> cited;
  for (const auto& leaf : inputs.scenario.inputs) {
    writer.input({leaf.path, leaf.value, leaf.unit,
                  scenario::kOriginNames[static_cast<std::size_t>(leaf.origin)], leaf.source,
                  leaf.numeric ? leaf.si : std::numeric_limits<double>::quiet_NaN(), leaf.assumed});
    if (!leaf.source.empty()) cited.insert(leaf.source);
  }
  for (const auto& claim : inputs.scenario.claims)
    if (!claim.source_key.empty()) cited.insert(claim.source_key);
  for (const auto& key : cited) {
    const auto source = inputs.knowledge.catalog.source(key);
    if (source) writer.citation({(*source)->key, (*source)->title, (*source)->citation});
  }
  writer.commit();
}

void record_output(const Inputs& inputs, const RunOutput& output, results::RunWriter& writer) {
  Recorder(output, writer).all();
  record_claims(inputs, output, writer);
  writer.finish(output.interrupted ? results::RunStatus::kInterrupted : results::RunStatus::kComplete);
}

}  // namespace gigawatt::engine
