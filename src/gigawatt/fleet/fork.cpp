#include "gigawatt/fleet/fork.h"

#include <algorithm>
#include <numeric>

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

/// It holds nodes, or is to get them.
bool began(const State& state, std::uint32_t job) {
  if (!state.books.jobs.has(job) || state.gangs.each[job].phase == GangPhase::kDone) return false;
  return state.books.jobs[job].started ||
         std::find(state.line.claims.begin(), state.line.claims.end(), job) != state.line.claims.end();
}

bool same_work(const GangOption& x, const GangOption& y) {
  return x.pool == y.pool && x.nodes == y.nodes && x.interval_us == y.interval_us &&
         x.stall_us == y.stall_us && x.lag_us == y.lag_us;
}

std::optional<std::string> members_cannot_continue(const FleetModel& past, const FleetModel& next,
                                                   const State& state) {
  if (past.batches.size() != next.batches.size()) return "the jobs";
  for (std::size_t b = 0; b < past.batches.size(); ++b) {
    const BatchModel& x = past.batches[b];
    const BatchModel& y = next.batches[b];
    if (x.row != y.row || x.count != y.count) return "the jobs";
    if (x.begin != y.begin || x.span_s != y.span_s) return "when the jobs of a batch arrive";
  }
  bool changed = false;
  state.line.members.for_each_sparse([&](std::uint32_t j) {
    if (changed || !began(state, j)) return;
    const Member& was = state.line.members[j];
    const BatchModel& y = next.batches[was.batch];
    const Member is = y.draw(next.seed, was.batch, j - y.first);
    const auto& x_options = past.batches[was.batch].by_size[was.size].options();
    const auto& y_options = y.by_size[is.size].options();
    const std::uint32_t o = state.gangs.each[j].option;
    changed =
        o >= y_options.size() || was.useful_us != is.useful_us || !same_work(x_options[o], y_options[o]);
  });
  if (changed) return "the plan or the checkpoints of a batch's job, which is running";
  return std::nullopt;
}

std::optional<std::string> cannot_continue(const FleetModel& past, const FleetModel& next,
                                           const State& state) {
  if (past.start != next.start || past.end != next.end) return "the period";
  if (past.failures_by_month != next.failures_by_month) return "whether failures are drawn by month";
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
      return fmt::format("when '{}' may start", a.name);
    if (!a.is_gang() || !began(state, j)) continue;
    const std::uint32_t o = state.gangs.each[j].option;
    if (o >= b.options().size()) return fmt::format("the plan of '{}', which is running", a.name);
    if (!same_work(a.options()[o], b.options()[o]) || a.options()[o].useful_us != b.options()[o].useful_us)
      return fmt::format("the plan or the checkpoints of '{}', which is running", a.name);
  }
  return members_cannot_continue(past, next, state);
}

}  // namespace

std::string state_fingerprint(const scenario::ResolvedScenario& scenario, const catalog::Catalog& catalog,
                              const StepTable& steps, const Options& options, base::SimTime at) {
  const FleetModel model = model_of(scenario, catalog, steps, options);
  Simulation simulation(model, options.until, {}, options.stop, options.most_bytes);
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
  std::vector<std::uint32_t> there(model.jobs.size());
  std::iota(there.begin(), there.end(), 0u);
  state.line.members.for_each_sparse([&](std::uint32_t j) { there.push_back(j); });
  std::sort(there.begin(), there.end());
  for (const std::uint32_t j : there) {
    const JobState* job = state.books.jobs.find(j);
    hash.add(job != nullptr ? job->held : Int128{0});
    hash.add(job != nullptr ? job->it_energy : Int128{0});
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
  const FleetModel before = model_of(past.scenario, catalog, past.steps, options);
  Simulation simulation(before, options.until, {}, options.stop, options.most_bytes);
  simulation.run_to(past.at);
  const FleetModel after = model_of(scenario, catalog, steps, options);
  if (const auto what = cannot_continue(before, after, simulation.state()))
    return tl::unexpected(fmt::format("a run that continues cannot change {}", *what));
  Simulation next(after, options.until, {}, options.stop, options.most_bytes);
  next.restore(simulation.state());
  if (before.policy == after.policy) next.adopt(simulation.take_policy());  // with its reservations
  next.run(options.stop, options.progress);
  return next.result();
}

}  // namespace gigawatt::fleet
