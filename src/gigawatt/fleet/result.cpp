// From the final state to FleetResult, with the balances.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/core.h>

#include "gigawatt/base/check.h"
#include "gigawatt/fleet/productive.h"
#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

constexpr double kLargestResidual = 1e-9;
// Share of a site's capacity below which accelerators, not power, are what is missing; share of idle accelerators
// above which demand is.
constexpr double kFullShare = 0.98;
constexpr double kIdleShare = 0.2;

double sum(const Series& series) { return std::accumulate(series.begin(), series.end(), 0.0); }

Series total_of(const std::vector<SiteResult>& sites, Series SiteResult::* series, std::size_t months) {
  Series total(months);
  for (const SiteResult& site : sites)
    for (std::size_t m = 0; m < months; ++m) total[m] += (site.*series)[m];
  return total;
}

Series first_of(const std::vector<double>& values, std::size_t months) {
  return {values.begin(), values.begin() + static_cast<std::ptrdiff_t>(std::min(months, values.size()))};
}

Series running_total(const NamedSeries& books, std::size_t months) {
  Series total(months);
  double spent = 0;
  for (std::size_t m = 0; m < months; ++m) {
    for (const auto& [name, series] : books) spent += series[m];
    total[m] = spent;
  }
  return total;
}

/// `moved` is the size of terms that may cancel: what they lose in rounding is no break.
BalanceCheck balance(std::string name, std::string unit, double left, double right, double moved = 0) {
  const double scale = std::max({std::abs(left), std::abs(right), moved});
  return {std::move(name), std::move(unit), left, right, scale > 0 ? std::abs(left - right) / scale : 0, {}};
}

}  // namespace

std::string Books::waiting_reason(std::uint32_t job) const {
  const JobModel& m = model_.jobs[job];
  if (!m.refusal.empty() || m.is_batch()) return m.refusal;
  std::string waits;
  for (const std::uint32_t other : m.after)
    if (state_.books.jobs[other].status != JobStatus::kCompleted)
      waits += (waits.empty() ? "'" : ", '") + model_.jobs[other].name + "'";
  if (!waits.empty()) return fmt::format("waits for the end of {}", waits);
  if (m.starts_with != kNoIndex && !state_.books.jobs[m.starts_with].started)
    return fmt::format("waits for the start of '{}'", model_.jobs[m.starts_with].name);
  if (state_.books.jobs[job].ready_at >= now())
    return fmt::format("starts at {} at the earliest", base::to_iso_date(state_.books.jobs[job].ready_at));
  if (!m.is_gang()) return "no accelerators were free for it";
  const GangOption* smallest = nullptr;
  for (const GangOption& option : m.options())
    if (option.accelerators >= m.min_accelerators && (smallest == nullptr || option.nodes < smallest->nodes))
      smallest = &option;
  if (smallest == nullptr) return "no gang size is large enough";
  const PoolModel& pool = model_.pools[smallest->pool];
  const NodeKind& kind = model_.kinds[pool.kind];
  const std::int64_t free = parts_.demand.available(smallest->pool, m);
  const double asked_w = 1e-3 * static_cast<double>(smallest->nodes * kind.max_it_milliw);
  if (free >= smallest->nodes && asked_w > model_.it_power_cap_w - parts_.line.committed_it_w())
    return fmt::format("needs {:.4g} MW of IT power at {}, operations.it_power_cap leaves {:.4g} MW",
                       asked_w / 1e6, model_.sites[pool.site].name,
                       std::max(0.0, model_.it_power_cap_w - parts_.line.committed_it_w()) / 1e6);
  return fmt::format("needs {} free accelerators of {} at {}; at the end {} were installed and {} free",
                     smallest->nodes * kind.accelerators, kind.system, model_.sites[pool.site].name,
                     state_.pools.each[smallest->pool].owned.value() * kind.accelerators,
                     free * kind.accelerators);
}

void Books::fill_job(std::uint32_t job, JobResult& r) const {
  const JobModel& m = model_.jobs[job];
  const JobState& j = state_.books.jobs[job];
  r.name = m.name;
  r.kind = scenario::kJobKindNames[static_cast<std::size_t>(m.kind)];
  r.model = m.model;
  r.teacher = m.teacher;
  r.status = j.status;
  r.started = j.started;
  r.start = j.start;
  const bool over = j.status == JobStatus::kCompleted || j.status == JobStatus::kStopped;
  r.end = over || !j.started ? j.end : now();
  r.status_reason = j.started ? j.reason : waiting_reason(job);
  r.tokens_total = m.tokens;
  for (std::size_t use = 0; use < kHourUses; ++use) r.hours.hours[use] = to_hours(j.node_time[use]);
  const double held = to_hours(j.held);
  r.goodput = held > 0 ? r.hours[HourUse::kUseful] / held : 0;
  r.it_energy_j = to_joules(j.it_energy);
  for (std::size_t i = 0; i < j.elastic_it_j.size(); ++i) {
    const std::string& site = model_.sites[model_.pools[m.elastic[i].pool].site].name;
    const auto found = std::find_if(r.it_energy_j_by_site.begin(), r.it_energy_j_by_site.end(),
                                    [&](const auto& entry) { return entry.first == site; });
    if (found == r.it_energy_j_by_site.end())
      r.it_energy_j_by_site.emplace_back(site, j.elastic_it_j[i]);
    else
      found->second += j.elastic_it_j[i];
  }
  r.facility_energy_j = j.facility_j;
  r.co2_kg = j.co2_kg;
  r.water_m3 = j.water_m3;
  r.cost_usd = j.energy_usd + j.held_usd;
  r.first_month = j.first_month;
  r.accelerators_mean = j.accelerators_mean;
  if (m.is_batch()) return;  // fill_batches()
  if (m.demand_in_tokens && !m.elastic.empty()) r.tokens_done = state_.demand.each[job].served;
  std::uint32_t pool = kNoIndex;
  if (m.is_gang()) {
    if (!j.started && m.options().empty()) return;
    const GangOption& option = parts_.gangs.option_of(job);  // before its start: the first it could take
    pool = option.pool;
    r.accelerators = option.nodes * model_.kinds[model_.pools[pool].kind].accelerators;
    r.pods = static_cast<std::int64_t>(state_.gangs.each[job].pods.size());
    const StepEntry& step = *option.phases.front();
    r.plan = step.plan;
    r.step_time_s = step.step_time_s;
    r.step_time_low_s = step.low_s;
    r.step_time_high_s = step.high_s;
    r.mfu = step.mfu;
    r.step_breakdown_s = step.breakdown_s;
    r.memory_bytes = step.memory_bytes;
    r.memory_limit_bytes = step.memory_limit_bytes;
    r.ideal_s = static_cast<double>(option.useful_us) * 1e-6;
    r.checkpoint_interval_s = static_cast<double>(option.interval_us) * 1e-6;
    r.checkpoint_stall_s = static_cast<double>(option.stall_us) * 1e-6;
    // Work of the running phase counts as far as it has come.
    const GangState& g = state_.gangs.each[job];
    double train_us =
        static_cast<double>(g.phase == GangPhase::kDone ? g.base_us : parts_.gangs.done_us(job));
    for (std::size_t p = 0; p < option.phases.size() && train_us > 0; ++p) {
      const double phase_us =
          option.phase_tokens[p] / option.phases[p]->tokens_per_step * option.phases[p]->step_time_s * 1e6;
      r.tokens_done += option.phase_tokens[p] * std::min(1.0, train_us / phase_us);
      train_us -= phase_us;
    }
    if (m.distillation) {
      DistillationResult& d = r.distillation.emplace();
      d.mode = scenario::kDistillationModeNames[static_cast<std::size_t>(*m.distillation)];
      for (std::size_t p = 0; p < option.phases.size(); ++p) {
        d.student_flops += option.phase_tokens[p] * option.phases[p]->model_flops_per_token;
        if (*m.distillation != scenario::DistillationMode::kShared)
          d.teacher_flops += option.phase_tokens[p] * option.phases[p]->teacher_flops_per_token;
      }
      d.logit_bytes = m.tokens * m.logit_bytes_per_token;
      d.cache_writing_s = m.cache_writing_s;
      d.waited_s = ((j.started ? j.start : now()) - m.earliest).to_seconds();
    }
    const auto& classes = model_.kinds[model_.pools[pool].kind].failures.classes();
    r.slowdowns = j.slowdowns;
    r.preemptions = j.preemptions;
    if (j.started) r.running_s = (r.end - r.start).to_seconds();
    for (const auto& [c, count] : j.interruptions) {
      if (classes[c].planned) {
        r.planned_stops += count;
        continue;
      }
      r.interruptions += count;
      r.interruptions_by_cause.emplace_back(classes[c].name, count);
    }
    for (const auto& [i, time] : j.lost_to)
      if (time != 0)
        r.lost_hours_by_cause.emplace_back(i < kBlames ? kBlameNames[i] : classes[i - kBlames].name,
                                           to_hours(time));
  } else {
    for (std::size_t o = 0; o < m.elastic.size(); ++o) {
      const std::int64_t nodes = state_.demand.each[job].nodes[o].value();
      if (nodes == 0) continue;
      pool = m.elastic[o].pool;
      r.accelerators += nodes * model_.kinds[model_.pools[pool].kind].accelerators;
      const auto place = [](std::string& shown, const std::string& one) {
        if (shown.empty() || shown == one)
          shown = one;
        else
          shown = kSeveral;
      };
      place(r.site, model_.sites[model_.pools[pool].site].name);
      place(r.system, model_.kinds[model_.pools[pool].kind].system);
    }
    return;
  }
  if (pool == kNoIndex) return;
  r.site = model_.sites[model_.pools[pool].site].name;
  r.system = model_.kinds[model_.pools[pool].kind].system;
}

void Books::fill_fleet(FleetResult& r) const {
  const std::size_t months = r.months.size();
  for (std::uint32_t s = 0; s < model_.sites.size(); ++s) {
    SiteResult& site = r.sites[s];
    const SiteState& state = state_.sites.each[s];
    const SiteModel& m = model_.sites[s];
    site.name = m.name;
    site.milestones = m.milestones;
    site.capex_usd = first_of(state_.books.money.capex_by_site(s), months);
    site.opex_usd = first_of(state_.books.money.opex_by_site(s), months);
    site.overhead_energy_j = {{"conversion", state.total.conversion_j}, {"cooling", state.total.cooling_j}};
    site.total_it_energy_j = state.total.it_j;
    site.total_facility_energy_j = state.total.meter_j;
    site.total_water_m3 = state.total.water_m3;
    site.total_co2_kg = sum(site.co2_kg);
    site.total_capex_usd = sum(site.capex_usd);
    site.total_opex_usd = sum(site.opex_usd);
    site.pue = state.total.it_j > 0 ? state.total.meter_j / state.total.it_j : 0;
    for (const Milestone& milestone : m.milestones) {
      const base::SimTime powered = std::max(milestone.date, m.supplied_from);
      if (milestone.step != "energized" || powered > now()) continue;
      if (!site.has_power || powered < site.first_power) site.first_power = powered;
      site.has_power = true;
    }
    for (std::size_t month = 0; month < months && !m.power_limited && !site.has_power; ++month) {
      // A region that is not built in phases has power from the month of its first accelerators.
      site.has_power = site.accelerators_end[month] > 0;
      site.first_power = r.months[month];
    }
    std::int64_t idle_milliw = 0;
    for (std::uint32_t p = 0; p < model_.pools.size(); ++p)
      if (model_.pools[p].site == s)
        idle_milliw += state_.pools.each[p].idle.value() * model_.kinds[model_.pools[p].kind].max_it_milliw;
    const double limit_w = parts_.sites.it_limit_w(s);
    const double used_w = static_cast<double>(state.installed_it_milliw) * 1e-3;
    if (!state.waiting.empty())
      site.limiting = "power";
    else if (static_cast<double>(idle_milliw) > kIdleShare * static_cast<double>(state.installed_it_milliw) &&
             used_w > 0)
      site.limiting = "demand";
    else if (std::isinf(limit_w) || used_w < kFullShare * limit_w)
      site.limiting = "chips";
    else
      site.limiting = "power";
  }
  FleetSeries& fleet = r.fleet;
  for (auto* series : {&fleet.accelerators_by_generation_end, &fleet.accelerators_by_system_end})
    for (auto& [name, values] : *series) values.resize(months);
  fleet.energized_facility_w_end = total_of(r.sites, &SiteResult::energized_facility_w_end, months);
  fleet.load_it_w_mean = total_of(r.sites, &SiteResult::load_it_w_mean, months);
  fleet.load_facility_w_mean = total_of(r.sites, &SiteResult::load_facility_w_mean, months);
  fleet.facility_energy_j = total_of(r.sites, &SiteResult::facility_energy_j, months);
  fleet.water_m3 = total_of(r.sites, &SiteResult::water_m3, months);
  fleet.co2_kg = total_of(r.sites, &SiteResult::co2_kg, months);
  for (std::size_t c = 0; c < finance::kCapexNames.size(); ++c)
    fleet.capex_usd.emplace_back(
        finance::kCapexNames[c],
        first_of(state_.books.money.capex_by_category(static_cast<finance::Capex>(c)), months));
  for (std::size_t c = 0; c < finance::kOpexNames.size(); ++c)
    fleet.opex_usd.emplace_back(
        finance::kOpexNames[c],
        first_of(state_.books.money.opex_by_category(static_cast<finance::Opex>(c)), months));
  fleet.partner_capex_usd = first_of(model_.partner_capex_usd, months);
  fleet.own_capex_usd = first_of(finance::own_capex(state_.books.money, model_.partner_capex_usd), months);
  fleet.capex_cumulative_usd_end = running_total(fleet.capex_usd, months);
  fleet.opex_cumulative_usd_end = running_total(fleet.opex_usd, months);
  const finance::Depreciation depreciation = finance::depreciate(model_.assets, model_.money.months());
  fleet.depreciation_usd = first_of(depreciation.charge_usd, months);
  fleet.book_value_usd_end = first_of(depreciation.book_value_usd_end, months);
  for (std::size_t c = 0; c < finance::kCapexNames.size(); ++c) {
    std::vector<finance::Asset> of_class;
    for (const finance::Asset& asset : model_.assets)
      if (asset.category == static_cast<finance::Capex>(c)) of_class.push_back(asset);
    if (!of_class.empty())
      r.depreciation_usd.emplace_back(
          finance::kCapexNames[c],
          sum(first_of(finance::depreciate(of_class, model_.money.months()).charge_usd, months)));
  }
}

void Books::bridge(FleetResult& r) const {
  if (now() < model_.end) return;
  double jobs = 0;
  for (const JobResult& job : r.jobs) jobs += job.cost_usd;
  double utilities = 0;
  double upkeep = 0;
  for (std::size_t c = 0; c < finance::kOpexNames.size(); ++c) {
    const auto kind = static_cast<finance::Opex>(c);
    const bool used =
        kind == finance::Opex::kEnergy || kind == finance::Opex::kWater || kind == finance::Opex::kCarbon;
    (used ? utilities : upkeep) += sum(state_.books.money.opex_by_category(kind));
  }
  double before = 0;  // paid before the run and not written off by then
  double works = model_.land_usd;
  for (const finance::Asset& asset : model_.assets) {
    if (asset.in_service >= model_.end) {
      works += asset.paid_usd;
      continue;
    }
    const double age_s = std::max(0.0, (model_.start - asset.in_service).to_seconds());
    before += asset.usd * (1 - std::min(1.0, age_s / asset.life_s)) - asset.paid_usd;
  }
  const double depreciation = sum(r.fleet.depreciation_usd);
  const double book = r.fleet.book_value_usd_end.empty() ? 0 : r.fleet.book_value_usd_end.back();
  r.bridge_usd = {{"billed to jobs", jobs},
                  {"capital and upkeep charged in it", -state_.books.billed_held_usd},
                  {"energy, water and carbon of no job", utilities - state_.books.billed_energy_usd},
                  {"maintenance, staff and rent", upkeep},
                  {"depreciation", depreciation},
                  {"in service, not yet written off", book},
                  {"paid before the run, not yet written off then", -before},
                  {"land and works in progress", works}};
}

void Books::check_balances(FleetResult& r) const {
  CountTime owned = 0;
  CountTime used = 0;
  MilliwattTime site_energy = 0;
  MilliwattTime part_energy = 0;
  double meter_j = 0;
  double parts_j = 0;
  double billed_j = state_.books.unassigned_facility_j;
  for (std::uint32_t p = 0; p < model_.pools.size(); ++p) {
    const PoolState& pool = state_.pools.each[p];
    const NodeKind& kind = model_.kinds[model_.pools[p].kind];
    owned += pool.owned.integral() * kind.accelerators;
    used += (pool.idle.integral() + pool.down.integral()) * kind.accelerators;
    part_energy += pool.idle.integral() * kind.idle_it_milliw + pool.down.integral() * kind.down_it_milliw;
    r.hours[HourUse::kIdle] += to_hours(pool.idle.integral() * kind.accelerators);
    r.hours[HourUse::kDown] += to_hours(pool.down.integral() * kind.accelerators);
  }
  const CountTime all = owned;
  CountTime down = 0;
  for (std::uint32_t p = 0; p < model_.pools.size(); ++p)
    down += state_.pools.each[p].down.integral() * model_.kinds[model_.pools[p].kind].accelerators;
  r.availability = all > 0 ? 1 - to_hours(down) / to_hours(all) : 1;
  r.failures_by_month = parts_.pools.any_by_month();
  r.worst_availability = 1 - state_.pools.worst_down_share;
  CountTime blamed = 0;
  CountTime unproductive = 0;
  // Whatever keeps a ledger: batches for those of their jobs that have left, every other job for itself.
  const auto add = [&](const auto& ledger, CountTime lost) {
    blamed += lost;
    for (const HourUse use : {HourUse::kLost, HourUse::kRestart, HourUse::kIdle})
      unproductive += ledger.node_time[static_cast<std::size_t>(use)];
    for (std::size_t use = 0; use < kHourUses; ++use) {
      used += ledger.node_time[use];
      r.hours.hours[use] += to_hours(ledger.node_time[use]);
    }
    part_energy += ledger.it_energy;
    billed_j += ledger.facility_j;
  };
  for (const BatchLedger& batch : state_.books.batches) {
    CountTime lost = 0;
    for (const auto& by_cause : batch.lost_to) lost += by_cause.total();
    add(batch, lost);
  }
  const auto add_job = [&](const JobState& job) { add(job, job.lost_to.total()); };
  for (std::uint32_t j = 0; j < model_.jobs.size(); ++j) add_job(state_.books.jobs[j]);
  for (const std::uint32_t j : members())
    if (state_.books.jobs.has(j)) add_job(state_.books.jobs[j]);
  for (const SiteState& site : state_.sites.each) {
    site_energy += site.it_milliw.integral();
    meter_j += site.total.meter_j;
    parts_j += site.total.it_j + site.total.conversion_j + site.total.cooling_j;
  }
  const auto total_named = [](const NamedSeries& series) {
    double total = 0;
    for (const auto& [name, values] : series) total += sum(values);
    return total;
  };
  double site_capex = 0;
  double site_opex = 0;
  for (const SiteResult& site : r.sites) {
    site_capex += site.total_capex_usd;
    site_opex += site.total_opex_usd;
  }
  GW_CHECK(owned == used, "accelerator-hours: {} owned, {} used", to_hours(owned), to_hours(used));
  GW_CHECK(site_energy == part_energy, "IT energy: {} J at the sites, {} J in jobs and idle nodes",
           to_joules(site_energy), to_joules(part_energy));
  GW_CHECK(blamed == unproductive, "accelerator-hours without use: {}, by cause {}", to_hours(unproductive),
           to_hours(blamed));
  r.balances = {
      balance("accelerator-hours: owned = useful + checkpoint + lost + restart + idle + down", "h",
              to_hours(owned), to_hours(used)),
      balance("hours of jobs lost, restarting and waiting = the same by cause", "h", to_hours(unproductive),
              to_hours(blamed)),
      balance("IT energy: sites = jobs + idle + down nodes", "J", to_joules(site_energy),
              to_joules(part_energy)),
      balance("facility energy: meters = IT + conversion + cooling", "J", meter_j, parts_j),
      balance("facility energy: meters = billed to jobs + idle and down nodes", "J", meter_j, billed_j),
      balance("capital spending: categories = sites", "USD", total_named(r.fleet.capex_usd), site_capex),
      balance("operating spending: categories = sites", "USD", total_named(r.fleet.opex_usd), site_opex)};
  if (!r.bridge_usd.empty()) {
    double spent = 0;
    double moved = 0;
    for (const auto& [line, usd] : r.bridge_usd) {
      spent += usd;
      moved += std::abs(usd);
    }
    r.balances.push_back(balance("capital and operation = bridge from the costs of jobs", "USD",
                                 total_named(r.fleet.capex_usd) + total_named(r.fleet.opex_usd), spent,
                                 moved));
  }
  for (std::size_t i = 0; i < kHourUses; ++i)
    r.balances.front().parts.emplace_back(std::string(kHourUseNames[i]), r.hours.hours[i]);
  for (const BalanceCheck& b : r.balances)
    GW_CHECK(b.residual < kLargestResidual, "balance '{}' is broken: {} and {} {}", b.name, b.left, b.right,
             b.unit);
  const double held_hours = std::max(0.0, to_hours(owned));
  const double cost = sum(r.fleet.depreciation_usd) + site_opex;
  r.cost_per_accelerator_hour_usd = held_hours > 0 ? cost / held_hours : 0;
}

void Books::warn(FleetResult& r) const {
  for (std::uint32_t j = 0; j < r.jobs.size(); ++j) {
    const JobModel& m = model_.jobs[j];
    if (!m.dated || !m.refusal.empty()) continue;
    base::SimTime first = base::SimTime::max();
    if (m.is_batch()) {
      const auto batch = std::find_if(model_.batches.begin(), model_.batches.end(),
                                      [&](const BatchModel& one) { return one.row == j; });
      if (batch == model_.batches.end()) continue;
      for (const GangOption& o : batch->by_size[batch->draw(model_.seed, 0, 0).size].options())
        first = std::min(first, state_.pools.each[o.pool].first_nodes);
    }
    for (const GangOption& o : m.options()) first = std::min(first, state_.pools.each[o.pool].first_nodes);
    for (const ElasticOption& o : m.elastic) first = std::min(first, state_.pools.each[o.pool].first_nodes);
    if (first <= m.earliest || m.earliest >= now()) continue;
    r.warnings.push_back(
        fmt::format("job '{}' is dated {}, before there is anything to run it on: {}", m.name,
                    base::to_iso_date(m.earliest),
                    first == base::SimTime::max()
                        ? "no accelerators that it may use came into service within the run"
                        : fmt::format("the first accelerators that it may use came into service on {}",
                                      base::to_iso_date(first))));
  }
  constexpr double kStandingStill = 0.1;
  for (const JobResult& job : r.jobs) {
    // Of what it lost to failures the part that is neither work done again nor a restart is waiting for a node.
    double idle = -job.hours[HourUse::kLost] - job.hours[HourUse::kRestart];
    for (const auto& [cause, count] : job.interruptions_by_cause)
      for (const auto& [name, hours] : job.lost_hours_by_cause)
        if (name == cause) idle += hours;
    const double all = job.hours.total();
    if (job.kind == "training" && idle > kStandingStill * all)
      r.warnings.push_back(
          fmt::format("job '{}' stood still for {:.0f}% of its time: its site had no spare node when one "
                      "broke; a smaller gang or "
                      "operations.spare_share leaves some",
                      job.name, 100 * idle / all));
  }
  constexpr double kServed = 0.9;
  for (std::uint32_t j = 0; j < model_.jobs.size(); ++j) {
    if (model_.jobs[j].kind != scenario::JobKind::kInference || !state_.books.jobs[j].started) continue;
    const ElasticState& s = state_.demand.each[j];
    if (s.wanted > 0 && s.served < kServed * s.wanted)
      r.warnings.push_back(fmt::format("job '{}' serves {:.3g}% of its demand: {:.3g} of {:.3g} {}",
                                       model_.jobs[j].name, 100 * s.served / s.wanted, s.served, s.wanted,
                                       model_.jobs[j].demand_in_tokens ? "tokens" : "accelerator-days"));
  }
  const Overtaken overtaken = parts_.line.overtaken();
  if (overtaken.jobs == 0) return;
  const auto words = [](base::Duration d) {
    return d.to_days() < 2 ? fmt::format("{:.0f} hours", d.to_hours())
                           : fmt::format("{:.0f} days", d.to_days());
  };
  const std::string longest = fmt::format("job {} waited {}", parts_.line.job_name(overtaken.longest),
                                          words(base::Duration{overtaken.longest_us}));
  r.warnings.push_back(
      fmt::format("policy '{}' starves jobs: {} while others that came later ran where it could have{}",
                  model_.policy, longest,
                  overtaken.jobs > 1 ? fmt::format("; {} jobs waited more than {} in this way",
                                                   overtaken.jobs, words(model_.wait_warning))
                                     : ""));
}

FleetResult Books::result(bool stopped_early) const {
  FleetResult r = state_.books.record;
  r.stopped_early = stopped_early;
  r.events = state_.clock.queue.popped();
  r.warnings = model_.warnings;
  fill_fleet(r);
  const auto rows = static_cast<std::uint32_t>(model_.jobs.size());
  r.jobs.resize(rows);
  for (std::uint32_t j = 0; j < rows; ++j) fill_job(j, r.jobs[j]);
  fill_batches(r);
  std::map<std::string, double> causes;
  for (std::uint32_t j = 0; j < rows; ++j) {
    for (const auto& [name, count] : r.jobs[j].interruptions_by_cause) causes[name] += count;
    const bool halted = r.jobs[j].status == JobStatus::kWaiting && state_.books.jobs[j].started;
    if (r.jobs[j].status == JobStatus::kStopped || halted)
      r.warnings.push_back("job '" + r.jobs[j].name + "': " + r.jobs[j].status_reason);
  }
  for (std::uint32_t p = 0; p < model_.pools.size(); ++p) {
    const auto& classes = model_.kinds[model_.pools[p].kind].failures.classes();
    for (std::size_t c = 0; c < classes.size(); ++c)  // a domain is one failure, however many jobs it stops
      if (classes[c].scope == reliability::FailureScope::kDomain) causes[classes[c].name] = 0;
    for (std::size_t c = 0; c < classes.size(); ++c)
      causes[classes[c].name] += static_cast<double>(state_.pools.each[p].failures_by_cause[c]);
  }
  for (const auto& [name, count] : causes)
    if (count > 0) r.failures_by_cause.emplace_back(name, count);
  warn(r);
  bridge(r);
  check_balances(r);
  return r;
}

}  // namespace gigawatt::fleet
