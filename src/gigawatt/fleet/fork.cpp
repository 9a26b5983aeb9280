#include "gigawatt/fleet/fork.h"

#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/fleet/build_model.h"
#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

/// FNV-1a over 64-bit words: the fingerprint compares, it guards against nobody.
class Hash {
 public:
  void add(std::uint64_t word) {
    for (int i = 0; i < 8; ++i) {
      value_ ^= (word >> (8 * i)) & 0xff;
      value_ *= 0x100000001b3ULL;
    }
  }
  void add(Int128 value) {
    add(static_cast<std::uint64_t>(value));
    add(static_cast<std::uint64_t>(value >> 64));
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

FleetModel build(const scenario::ResolvedScenario& scenario, const catalog::Catalog& catalog,
                 const StepTable& steps, const Options& options) {
  return ModelBuilder(scenario, catalog, steps, options.seed, options.draw_lead_times).build();
}

std::optional<std::string> cannot_continue(const FleetModel& past, const FleetModel& next,
                                           const State& state) {
  if (past.start != next.start || past.end != next.end) return "the period";
  if (past.sites.size() != next.sites.size() || past.pools.size() != next.pools.size())
    return "the sites and their systems";
  for (std::size_t p = 0; p < past.pools.size(); ++p) {
    const auto& a = past.pools[p];
    const auto& b = next.pools[p];
    if (past.sites[a.site].name != next.sites[b.site].name ||
        past.kinds[a.kind].system != next.kinds[b.kind].system)
      return "the sites and their systems";
    if (past.kinds[a.kind].failures.classes().size() != next.kinds[b.kind].failures.classes().size())
      return "the causes of failures";
  }
  if (past.plan.size() != next.plan.size()) return "the build-out and deliveries";
  for (std::size_t i = 0; i < past.plan.size(); ++i) {
    const PlanItem& a = past.plan[i];
    const PlanItem& b = next.plan[i];
    if (a.time != b.time || a.kind != b.kind || a.pool != b.pool || a.nodes != b.nodes ||
        a.facility_w != b.facility_w)
      return "the build-out and deliveries";
  }
  if (past.jobs.size() != next.jobs.size()) return "the jobs";
  for (std::uint32_t j = 0; j < past.jobs.size(); ++j) {
    const JobModel& a = past.jobs[j];
    const JobModel& b = next.jobs[j];
    if (a.name != b.name || a.kind != b.kind || a.elastic.size() != b.elastic.size()) return "the jobs";
    if (a.earliest != b.earliest || a.after != b.after || a.delay != b.delay ||
        a.starts_with != b.starts_with)
      return a.name.empty() ? "when the jobs of a batch arrive" : fmt::format("when '{}' may start", a.name);
    if (!a.is_gang() || !state.books.jobs.has(j)) continue;
    const bool began =
        state.books.jobs[j].started ||
        std::find(state.line.claims.begin(), state.line.claims.end(), j) != state.line.claims.end();
    if (!began || state.gangs.each[j].phase == GangPhase::kDone) continue;
    const std::uint32_t o = state.gangs.each[j].option;
    if (o >= b.options().size()) return fmt::format("the plan of '{}', which is running", a.name);
    const GangOption& x = a.options()[o];
    const GangOption& y = b.options()[o];
    if (x.pool != y.pool || x.nodes != y.nodes || a.useful_us(x) != b.useful_us(y) ||
        x.interval_us != y.interval_us || x.stall_us != y.stall_us || x.lag_us != y.lag_us)
      return fmt::format("the plan or the checkpoints of '{}', which is running", a.name);
  }
  return std::nullopt;
}

}  // namespace

std::string state_fingerprint(const scenario::ResolvedScenario& scenario, const catalog::Catalog& catalog,
                              const StepTable& steps, const Options& options, base::SimTime at) {
  const FleetModel model = build(scenario, catalog, steps, options);
  Simulation simulation(model, options.until);
  simulation.run_to(at);
  const State& state = simulation.state();
  Hash hash;
  hash.add(static_cast<std::uint64_t>(state.clock.queue.now().us));
  hash.add(state.clock.queue.popped());
  for (const events::Event& e : state.clock.queue.upcoming()) {
    hash.add(static_cast<std::uint64_t>(e.time.us));
    hash.add((static_cast<std::uint64_t>(e.kind) << 32) | e.entity);
    hash.add(static_cast<std::uint64_t>(e.data));
  }
  for (const SiteState& site : state.sites.each) hash.add(site.it_milliw.integral());
  for (const PoolState& pool : state.pools.each) {
    hash.add(pool.owned.integral());
    hash.add(pool.idle.integral());
    hash.add(pool.down.integral());
  }
  for (std::uint32_t j = 0; j < model.jobs.size(); ++j) {
    if (!state.books.jobs.has(j)) continue;
    hash.add(state.books.jobs[j].held);
    hash.add(state.books.jobs[j].it_energy);
  }
  for (const BatchLedger& batch : state.books.batches) {
    hash.add(batch.held);
    hash.add(batch.it_energy);
  }
  return fmt::format("{:016x}", hash.value());
}

tl::expected<FleetResult, std::string> simulate_fork(const scenario::ResolvedScenario& scenario,
                                                     const catalog::Catalog& catalog, const StepTable& steps,
                                                     const Options& options, const Past& past) {
  const FleetModel before = build(past.scenario, catalog, past.steps, options);
  Simulation simulation(before, options.until);
  simulation.run_to(past.at);
  const FleetModel after = build(scenario, catalog, steps, options);
  if (const auto what = cannot_continue(before, after, simulation.state()))
    return tl::unexpected(fmt::format("a run that continues cannot change {}", *what));
  Simulation next(after, options.until);
  next.restore(simulation.state());
  if (before.policy == after.policy) next.adopt(simulation.take_policy());  // with its reservations
  next.run(options.stop, options.progress);
  return next.result();
}

}  // namespace gigawatt::fleet
