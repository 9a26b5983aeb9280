// Month ends: ledgers are brought up to date, energy is billed to jobs, series get their next point.
#include <algorithm>

#include "gigawatt/base/check.h"
#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {

EnergySplit& EnergySplit::operator+=(const EnergySplit& other) {
  it_j += other.it_j;
  conversion_j += other.conversion_j;
  cooling_j += other.cooling_j;
  meter_j += other.meter_j;
  water_m3 += other.water_m3;
  return *this;
}

void Books::begin() {
  state_.books.jobs.reset(model_.jobs.size());
  state_.gangs.each.reset(model_.jobs.size());
  state_.demand.each.reset(model_.jobs.size());
  for (std::uint32_t j = 0; j < model_.jobs.size(); ++j) {
    add_job(j);
    if (!model_.jobs[j].elastic.empty())
      state_.demand.each.add(j, ElasticState{}).nodes.resize(model_.jobs[j].elastic.size());
  }
  state_.books.batches.resize(model_.jobs.size());
  state_.books.money = finance::MoneyBook(model_.money);
  state_.books.record.start = model_.start;
}

double Books::month_seconds() const {
  return (now() - model_.money.months().starts[state_.books.month]).to_seconds();
}

void Books::account_all() {
  for (std::uint32_t s = 0; s < model_.sites.size(); ++s) parts_.sites.settle(s);
  for (PoolState& pool : state_.pools.each) {
    for (Integrated* count : {&pool.owned, &pool.idle, &pool.down}) count->advance(now());
    GW_CHECK(
        pool.owned.value() == pool.idle.value() + pool.down.value() + pool.gang_nodes + pool.elastic_nodes,
        "{} nodes owned, {} idle, {} down, {} in gangs, {} in pools of jobs", pool.owned.value(),
        pool.idle.value(), pool.down.value(), pool.gang_nodes, pool.elastic_nodes);
  }
  for (const std::uint32_t j : state_.books.active) {
    if (!state_.books.jobs.has(j)) continue;  // a batch's job that waits
    if (job_model(j).is_gang())
      parts_.gangs.account_gang(j);
    else
      parts_.demand.account_elastic(j);
  }
}

EnergyMix Books::energy_mix_of(std::uint32_t site) const {
  const base::SimTime start = model_.money.months().starts[state_.books.month];
  const double seconds = month_seconds();
  const double load_w = seconds > 0 ? state_.sites.each[site].month.meter_j / seconds : 0;
  return energy_mix(model_.sites[site], start, now(), load_w);
}

void Books::bill_jobs() {
  const auto per_it = [this](std::uint32_t site, double EnergySplit::* part) {
    const EnergySplit& month = state_.sites.each[site].month;
    return month.it_j > 0 ? month.*part / month.it_j : 0.0;
  };
  std::vector<EnergyMix> mixes(model_.sites.size());
  for (std::uint32_t s = 0; s < mixes.size(); ++s) mixes[s] = energy_mix_of(s);
  for (const std::uint32_t j : state_.books.active) {
    if (!state_.books.jobs.has(j)) continue;
    const JobModel& m = job_model(j);
    JobState& job = state_.books.jobs[j];
    for (std::size_t i = 0; i < job.month_energy.size(); ++i) {
      const std::uint32_t pool = m.is_gang() ? parts_.gangs.option_of(j).pool : m.elastic[i].pool;
      const std::uint32_t site = model_.pools[pool].site;
      const SiteModel& s = model_.sites[site];
      const double it_j = to_joules(job.month_energy[i]);
      const double facility_j = it_j * per_it(site, &EnergySplit::meter_j);
      const double water_m3 = it_j * per_it(site, &EnergySplit::water_m3);
      const double co2_kg = facility_j * mixes[site].carbon_kg_per_j;
      if (!m.is_gang()) {
        job.elastic_it_j.resize(job.month_energy.size());
        job.elastic_it_j[i] += it_j;
      }
      job.facility_j += facility_j;
      job.water_m3 += water_m3;
      job.co2_kg += co2_kg;
      const double energy_usd =
          facility_j * mixes[site].usd_per_j + water_m3 * s.water_usd_per_m3 + co2_kg * s.carbon_usd_per_kg;
      const double held_usd =
          static_cast<double>(job.month_node_time[i]) * 1e-6 * model_.pools[pool].held_usd_per_node_s;
      job.energy_usd += energy_usd;
      job.held_usd += held_usd;
      state_.books.billed_energy_usd += energy_usd;
      state_.books.billed_held_usd += held_usd;
      job.month_energy[i] = 0;
      job.month_node_time[i] = 0;
    }
  }
  for (const SiteState& site : state_.sites.each)  // losses of a plant without load belong to nobody
    if (!(site.month.it_j > 0)) state_.books.unassigned_facility_j += site.month.meter_j;
  for (std::uint32_t p = 0; p < model_.pools.size(); ++p) {
    PoolState& pool = state_.pools.each[p];
    const NodeKind& kind = model_.kinds[model_.pools[p].kind];
    const MilliwattTime energy = (pool.idle.integral() - pool.month_idle) * kind.idle_it_milliw +
                                 (pool.down.integral() - pool.month_down) * kind.down_it_milliw;
    state_.books.unassigned_facility_j +=
        to_joules(energy) * per_it(model_.pools[p].site, &EnergySplit::meter_j);
    pool.month_idle = pool.idle.integral();
    pool.month_down = pool.down.integral();
  }
}

void Books::record_month() {
  FleetResult& record = state_.books.record;
  const base::SimTime month_start = model_.money.months().starts[state_.books.month];
  const double seconds = month_seconds();
  record.months.push_back(month_start);
  record.sites.resize(model_.sites.size());
  const auto named = [](NamedSeries& series, const std::string& name, std::size_t month) -> double& {
    auto found =
        std::find_if(series.begin(), series.end(), [&](const auto& entry) { return entry.first == name; });
    if (found == series.end()) found = series.insert(series.end(), {name, {}});
    found->second.resize(month + 1);
    return found->second[month];
  };
  double owned_hours = 0;
  double accelerators = 0;
  FleetSeries& fleet = record.fleet;
  for (std::uint32_t s = 0; s < model_.sites.size(); ++s) {
    SiteState& site = state_.sites.each[s];
    const SiteModel& m = model_.sites[s];
    SiteResult& row = record.sites[s];
    const double facility_w = parts_.sites.energized_facility_w(s);
    row.energized_facility_w_end.push_back(facility_w);
    row.energized_it_w_end.push_back(facility_w / m.pue_peak);
    row.load_it_w_mean.push_back(site.month.it_j / seconds);
    row.load_facility_w_mean.push_back(site.month.meter_j / seconds);
    const auto curve = m.overhead.month(base::civil(month_start).month - 1, facility_w / m.pue_peak);
    row.load_facility_w_peak.push_back(curve.facility_w(static_cast<double>(site.peak_it_milliw) * 1e-3));
    row.it_energy_j.push_back(site.month.it_j);
    row.facility_energy_j.push_back(site.month.meter_j);
    row.water_m3.push_back(site.month.water_m3);
    const EnergyMix mix = energy_mix_of(s);
    row.co2_kg.push_back(site.month.meter_j * mix.carbon_kg_per_j);
    state_.books.money.opex(s, finance::Opex::kEnergy, site.month.meter_j * mix.usd_per_j, month_start,
                            now());
    state_.books.money.opex(s, finance::Opex::kWater, site.month.water_m3 * m.water_usd_per_m3, month_start,
                            now());
    state_.books.money.opex(s, finance::Opex::kCarbon, row.co2_kg.back() * m.carbon_usd_per_kg, month_start,
                            now());
    double here = 0;
    double waiting = 0;
    for (std::uint32_t p = 0; p < model_.pools.size(); ++p) {
      if (model_.pools[p].site != s) continue;
      PoolState& pool = state_.pools.each[p];
      const NodeKind& kind = model_.kinds[model_.pools[p].kind];
      const auto count = static_cast<double>(pool.owned.value() * kind.accelerators);
      here += count;
      waiting += static_cast<double>(pool.waiting * kind.accelerators);
      named(row.accelerators_by_system_end, kind.system, state_.books.month) += count;
      named(fleet.accelerators_by_system_end, kind.system, state_.books.month) += count;
      named(fleet.accelerators_by_generation_end, kind.generation, state_.books.month) += count;
      owned_hours += to_hours((pool.owned.integral() - pool.month_owned) * kind.accelerators);
      pool.month_owned = pool.owned.integral();
    }
    row.accelerators_end.push_back(here);
    row.accelerators_waiting_end.push_back(waiting);
    accelerators += here;
    site.total += site.month;
    site.month = {};
    site.peak_it_milliw = site.it_milliw.value();
  }
  double held_hours = 0;
  double gang_hours = 0;
  double useful_hours = 0;
  for (const std::uint32_t j : state_.books.active) {
    if (!state_.books.jobs.has(j)) continue;
    JobState& job = state_.books.jobs[j];
    const double hours = to_hours(job.month_held);
    held_hours += hours;
    if (job_model(j).is_gang()) {
      gang_hours += hours;
      useful_hours += to_hours(job.month_useful);
    }
    if (const std::uint32_t batch = job_model(j).batch; batch != kNoIndex) {
      state_.books.jobs[batch].accelerators_mean.resize(state_.books.month + 1);
      state_.books.jobs[batch].accelerators_mean.back() += hours * 3600 / seconds;
    } else if (job.started) {
      job.accelerators_mean.push_back(hours * 3600 / seconds);
    }
    job.month_held = 0;
    job.month_useful = 0;
  }
  fleet.accelerators_end.push_back(accelerators);
  fleet.utilization.push_back(owned_hours > 0 ? held_hours / owned_hours : 0);
  fleet.goodput.push_back(gang_hours > 0 ? useful_hours / gang_hours : 0);
  fleet.failures.push_back(static_cast<double>(state_.books.month_failures));
  state_.books.month_failures = 0;
}

void Books::close_month() {
  account_all();
  bill_jobs();
  record_month();
  std::erase_if(state_.books.active, [this](std::uint32_t j) {
    if (!state_.books.jobs.has(j)) return false;
    const bool gang = job_model(j).is_gang();
    if (gang ? state_.gangs.each[j].phase != GangPhase::kDone : state_.demand.each[j].active) return false;
    if (j >= model_.jobs.size()) depart(j);
    return true;
  });
  state_.books.record.end = now();
  ++state_.books.month;
}

void Books::add_job(std::uint32_t job) {
  state_.books.jobs.add(job, JobState{});
  std::uint64_t entity = job;
  if (job >= model_.jobs.size()) {
    const BatchModel& batch = model_.batches[state_.line.members[job].batch];
    entity = batch.entity(job - batch.first);
  }
  GangState& g =
      state_.gangs.each.add(job, GangState(random::Stream(model_.seed, random::Domain::kFailure, entity),
                                           random::Stream(model_.seed, random::Domain::kRepair, entity)));
  if (job < model_.jobs.size()) return;
  g.phase = GangPhase::kQueued;
  g.queued_at = state_.line.members[job].arrival;
}

void Books::depart(std::uint32_t job) {
  state_.books.batches[job_model(job).batch].add(model_, state_.line.members[job],
                                                 parts_.gangs.option_of(job), state_.books.jobs[job], now());
  state_.books.jobs.remove(job);
  state_.gangs.each.remove(job);
  state_.line.members.remove(job);
}

}  // namespace gigawatt::fleet
